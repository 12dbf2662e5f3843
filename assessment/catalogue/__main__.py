"""`python -m assessment.catalogue [FILES]`: check questionnaires without the rest of the product."""

import sys
from datetime import date

from assessment.catalogue.report import check_command

if __name__ == "__main__":
    lines, code = check_command(sys.argv[1:], date.today())
    print("\n".join(lines))
    sys.exit(code)
