"""What torch calls the ops of the table, and samples that only the tests are to run.

A file has ``TORCH``, from the names of rows to torch's function, where it is neither the row's own
``fn`` nor torch's method or function of the same name, and ``MORE``, further rows.
"""
