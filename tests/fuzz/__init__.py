"""What must hold of any input, tried by Hypothesis in the usual tests and by a fuzzer that follows the code's branches.

`make fuzz` (or `python -m tests.fuzz NAME`) looks for inputs on which a property fails; what it finds is kept as a file
below `cases/`, which `test_properties.py` tries ever after.
"""
