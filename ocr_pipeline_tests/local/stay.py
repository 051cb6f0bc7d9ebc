"""Says a word and stays until the file named by its argument is there; then fails. Run as a program."""

import sys
import time
from pathlib import Path

sys.stdout.write("I am the stand-in\n")
sys.stdout.flush()
while not Path(sys.argv[1]).exists():
    time.sleep(0.05)
sys.exit("the poison is here")
