"""`python -m clawupgrade`."""

import sys

from clawupgrade.cli import main

sys.exit(main())
