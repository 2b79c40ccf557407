"""What an operator uses: the command line `content-sync`.

It runs on the operator's own AWS credentials, invokes the functions of docs/design/interfaces.md
and reads what they answer. The secrets are the one thing that it writes itself, and the logs the
one thing that it reads.
"""
