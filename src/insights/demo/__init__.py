"""Demo: a simulated brand whose every effect is known, to try, test and trust the suite with.

A world is simulated (`world`), written as its systems would export it (`exports`) or straight as
canonical rows (`direct`), and its truth kept apart (`truth`). See docs/demo.md. It never imports
`insights.sources`: how exports are written and how they are read were worked out from the facts
independently, so that each checks the other.
"""
