"""AI History: set-up of one machine, `python3 -m host.install`.

Standard library only: it runs before anything is installed. It does not know how the product works,
only where its parts belong.
"""
