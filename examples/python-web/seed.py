"""The first players. aloft exec sees to it that this runs once a database."""

from contextlib import closing

from database import connect

PLAYERS = [("Ada", "4.31"), ("Grace", "4.42"), ("Edsger", "4.58")]

with closing(connect()) as database:
    database.run("BEGIN")
    for name, forty_yards in PLAYERS:
        database.run(
            "INSERT INTO players (name, forty_yards) VALUES (:name, :forty_yards)",
            name=name,
            forty_yards=forty_yards,
        )
    database.run("COMMIT")
print(f"{len(PLAYERS)} players seeded")
