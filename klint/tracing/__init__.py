"""What becomes of a request, and who can reach something: questions in words → answers out of the graphs.

questions.py   what is asked for: a URL, an object, a port of pods, a line of a file
answers.py     a question and a report → for each bundle that knows of it the ways, and what decides about them
"""
