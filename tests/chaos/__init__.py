"""Chaos: the real program, killed again and again in front of people, while everything around it fails.

texts    what is asked and answered: every word of an answer says whose it is, and what Qwen saw before it
world    the three stand-ins and the program as a process: started, killed, asked to leave, and its database
people   the places where people ask, and in which order their questions arrived
faults   what goes wrong on the platforms and at Qwen; updates that are late, doubled and overtaken
check    what is seen at the end against what was asked
play     all of it, from the first question to the figure
"""
