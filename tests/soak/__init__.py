"""Soak: the real program under load for a while, and what it holds: memory, tasks, sockets and files, which stay flat.

watched   the program, counting its own tasks
__main__  the people, the samples, and the verdict
"""
