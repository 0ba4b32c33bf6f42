"""What deployers say they deploy: a module each, documents → deliveries.

Nothing is rendered here: a delivery names a folder of the workspace, what is added to its build, and where that goes.
"""
