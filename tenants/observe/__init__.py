"""What the installation tells about itself: ids for log lines, figures, traces.

It lies in the lowest layer, beside `scoping` and `db`, because every app tells something and nothing here knows an
app. What is shown of it to operators is in `assistant/observe/`. An id may be told; a word of content or a key never.
"""
