"""`python -m assessment.catalogue [FILES]`: check questionnaires without the rest of the product."""

import sys

from assessment import clock
from assessment.catalogue.report import check_command

if __name__ == "__main__":
    lines, code = check_command(sys.argv[1:], clock.now().date())
    print("\n".join(lines))
    sys.exit(code)
