"""What the tests of the pages share."""

from tests.web.hashing import as_shipped as as_shipped
from tests.web.hashing import cheap_hashing as cheap_hashing
