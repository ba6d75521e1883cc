"""Units in a process of their own, that may do little: what a stranger's file can break is that.

C libraries decode what strangers send, and a fault of one is memory that somebody else wrote. Each
unit runs in a child that knows no secret, opens no connection, starts no program and dies alone.

    worker --- asks ---> fork server --- forks ---> child, confined, one a unit
       ^                                              |
       +------- storage, sinks: asked by messages ----+
"""
