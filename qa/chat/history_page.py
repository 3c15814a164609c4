"""The pane "History" as HTML: a frame that a script fills with what this browser remembers.

Pure functions, free of Gradio.
"""


def remembering() -> str:
    """The frame: what is kept and where, the list, and ways to save or forget."""
    return (
        '<div class="pq-history"><p class="pq-lead">Conversations are kept in this browser only. Nobody else sees '
        "them, and clearing them here forgets them.</p>"
        '<div class="pq-actions"><button type="button" class="pq-plain" data-save disabled>Save this conversation as '
        'Markdown</button><button type="button" class="pq-plain" data-forget-all disabled>Clear all</button></div>'
        '<p class="pq-small" role="status" data-said></p><p class="pq-small" data-empty>Nothing is kept yet.</p>'
        '<ul class="pq-past" aria-label="Past conversations"></ul></div>'
    )
