"""Worlds in which a model is true: what its customers do is drawn from planted parameters."""

import numpy as np
import pandas as pd


def geometric(size, *, r=0.6, alpha=60.0, a=0.8, b=2.5, seed=0, grid=None, first=False, until=None):
    """BG/NBD histories, in days; with `first` MBG/NBD. With `until` also what is `bought` later."""
    draw = np.random.default_rng(seed)
    age = draw.uniform(30, 400, size)
    rate = draw.gamma(r, 1 / alpha, size)
    leaves = draw.beta(a, b, size) if a else np.zeros(size)
    frequency, recency, now, later = (np.zeros(size) for _ in range(4))
    active = np.arange(size)
    if first:
        active = active[draw.random(size) >= leaves]
    end = age + (until or 0)
    while active.size:
        now[active] += draw.exponential(1 / rate[active])
        active = active[now[active] <= end[active]]
        seen = active[now[active] <= age[active]]
        frequency[seen] += 1
        recency[seen] = now[seen]
        later[active[now[active] > age[active]]] += 1
        active = active[draw.random(active.size) >= leaves[active]]
    if grid:
        recency, age = np.round(recency / grid) * grid, np.round(age / grid) * grid
    columns = {"frequency": frequency, "recency": recency, "age": age}
    return pd.DataFrame({**columns, "bought": later} if until else columns)


def pareto(size, *, r=0.8, alpha=40.0, s=0.9, beta=120.0, seed=0, grid=None, until=0.0):
    """Pareto/NBD histories, in days, with what is `bought` within `until` days after them."""
    draw = np.random.default_rng(seed)
    age = draw.uniform(100, 400, size)
    rate = draw.gamma(r, 1 / alpha, size)
    life = draw.exponential(1 / draw.gamma(s, 1 / beta, size)) if s else np.full(size, np.inf)
    frequency, recency, now, later = (np.zeros(size) for _ in range(4))
    alive = life > age
    active = np.arange(size)
    while active.size:
        now[active] += draw.exponential(1 / rate[active])
        active = active[now[active] <= np.minimum(age + until, life)[active]]
        seen = active[now[active] <= age[active]]
        frequency[seen] += 1
        recency[seen] = now[seen]
        later[active[now[active] > age[active]]] += 1
    if grid:
        recency, age = np.round(recency / grid) * grid, np.round(age / grid) * grid
    return pd.DataFrame(
        {"frequency": frequency, "recency": recency, "age": age, "bought": later, "alive": alive}
    )


def occasions(size, *, alpha=1.2, beta=0.75, gamma=0.65, delta=2.8, seed=0, ages=(6, 9), ahead=0):
    """BG/BB histories, with what is `bought` on `ahead` occasions after them."""
    draw = np.random.default_rng(seed)
    age = draw.integers(ages[0], ages[1] + 1, size)
    buys = draw.beta(alpha, beta, size)
    leaves = draw.beta(gamma, delta, size) if gamma else np.zeros(size)
    there = np.ones(size, dtype=bool)
    frequency, recency, later = (np.zeros(size) for _ in range(3))
    alive = there.copy()
    for k in range(1, ages[1] + ahead + 1):
        there &= draw.random(size) >= leaves
        alive = np.where(k <= age, there, alive)
        bought = there & (draw.random(size) < buys)
        seen = bought & (k <= age)
        frequency += seen
        recency[seen] = k
        later += bought & (k > age) & (k <= age + ahead)
    return pd.DataFrame(
        {"frequency": frequency, "recency": recency, "age": age, "bought": later, "alive": alive}
    )


def amounts(size, *, p=4.0, q=3.5, v=60.0, seed=0):
    """Gamma-Gamma customers of 1 to 12 purchases, with their `true_mean`."""
    draw = np.random.default_rng(seed)
    x = draw.integers(1, 13, size)
    nu = draw.gamma(q, 1 / v, size)
    spent = draw.gamma(p * x, 1 / nu)
    return pd.DataFrame({"frequency": x, "mean_amount": spent / x, "true_mean": p / nu})
