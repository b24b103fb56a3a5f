CREATE INDEX players_by_speed ON players (forty_yards, name);
