"""Lean: what do libraries build as they are imported, that nothing here ever uses?"""

import sys


def without_address_grammar() -> None:
    """Keep jsonschema from building a grammar of addresses when it is imported.

    Building it takes a second of processor time, for formats (``iri``) that no schema of notebooks
    or of Jupyter's server has. Left out, jsonschema does without. For processes of our own alone:
    in a person's kernel it is theirs to have. To be called before nbformat or Jupyter is imported.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # as imports allow
