# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Finding: who is meant by an id, a phone or the name that a report has for a customer?"""

from contextlib import closing

import pyarrow as pa

from insights import schema
from insights.errors import DataError, ParameterError
from insights.intake.keys import IdKey, normalised
from insights.settings import Brand, Settings
from insights.store.engine import connect, quoted
from insights.store.loads import lake_folder, read_current
from insights.store.views import select_declared


def customer_of(settings: Settings, brand: Brand, said: str) -> str:
    """Return the customer to whom an id leads; what leads to nobody is returned as it is.

    Parameters
    ----------
    settings, brand
        The workspace and the brand in it.
    said : str
        A customer_id, ``type:namespace:value``, or ``type:value`` where one namespace has it.

    Raises
    ------
    ParameterError
        If it is a phone: what is typed as an argument stays in the history of the shell.
    DataError
        If several customers are meant.
    """
    if normalised(pa.array([said, said.rsplit(":", 1)[-1]])).null_count < 2:
        raise ParameterError(
            "This is a phone, and the history of your shell has it now: remove it there. Say "
            "--phone without a number; it is asked for then, or read from stdin."
        )
    folder = lake_folder(settings, brand)
    current = read_current(folder)
    held = current.tables.get("identities") if current else None
    if held is None or ":" not in said:
        return said
    with closing(connect(settings, brand)) as connection:
        rows = select_declared(
            folder / "identities", held.files, schema.get("identities"), connection
        )
        found = connection.execute(
            f"""SELECT DISTINCT customer_id, id_type || ':' || namespace AS place FROM ({rows})
            WHERE {quoted(said)} IN (
                id_type || ':' || namespace || ':' || id_value, id_type || ':' || id_value
            ) ORDER BY 2, 1"""
        ).fetchall()
    customers = sorted({customer for customer, _ in found})
    if len(customers) > 1:
        kind = said.partition(":")[0]
        places = ", ".join(f"{place}:..." for _, place in found)
        raise DataError(
            f"Several customers of '{brand.name}' have this {kind}. Say which one is meant, with "
            f"its namespace: {places}"
        )
    return customers[0] if customers else said


def phone_ref(settings: Settings, brand: Brand, phone: str) -> str:
    """Return the id of a phone as tables have it, phone:global:..., and keep the phone nowhere.

    Raises
    ------
    ParameterError
        If it is no mobile of the mainland; the message does not repeat it.
    """
    keyed = IdKey.load(settings, brand).phone_id(phone)
    if keyed is None:
        raise ParameterError("This is no mobile of the mainland: 11 digits, with or without +86.")
    return f"phone:global:{keyed}"
