"""The journal's tables, as migrations; they are append-only, since journals of every version exist."""

from __future__ import annotations

__all__ = ["MIGRATIONS"]

MIGRATIONS = (
    """
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, created REAL NOT NULL, folder TEXT NOT NULL, output TEXT NOT NULL,
        provider TEXT NOT NULL, base_url TEXT NOT NULL, model TEXT NOT NULL, family TEXT NOT NULL,
        request TEXT NOT NULL, digest TEXT NOT NULL, retry_of TEXT,
        stage TEXT NOT NULL DEFAULT 'waiting', status TEXT NOT NULL DEFAULT 'queued',
        remote_id TEXT, request_id TEXT, sent REAL, finished REAL, ended REAL,
        error_kind TEXT, error TEXT, notice TEXT NOT NULL DEFAULT '', cost REAL, cost_unit TEXT,
        owner TEXT, lease REAL
    );
    CREATE INDEX jobs_by_folder ON jobs (folder, created);
    CREATE INDEX jobs_open ON jobs (stage) WHERE stage != 'ended';
    CREATE INDEX jobs_by_model ON jobs (provider, model, finished) WHERE status = 'succeeded';
    CREATE TABLE clips (
        job TEXT NOT NULL REFERENCES jobs (id), place INTEGER NOT NULL, path TEXT NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, duration REAL NOT NULL, fps REAL NOT NULL,
        media_type TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (job, place)
    );
    """,
    """
    CREATE TABLE grids (
        id TEXT PRIMARY KEY, created REAL NOT NULL, folder TEXT NOT NULL, kind TEXT NOT NULL,
        prompt TEXT NOT NULL, axes TEXT NOT NULL
    );
    CREATE TABLE grid_cells (
        grid TEXT NOT NULL REFERENCES grids (id), place INTEGER NOT NULL, job TEXT NOT NULL, point TEXT NOT NULL,
        PRIMARY KEY (grid, place)
    );
    CREATE TABLE picks (
        grid TEXT NOT NULL, mark TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (grid, mark, key)
    );
    """,
    """
    ALTER TABLE jobs ADD COLUMN session TEXT;
    ALTER TABLE jobs ADD COLUMN price REAL;
    ALTER TABLE jobs ADD COLUMN price_unit TEXT;
    CREATE INDEX jobs_by_session ON jobs (session) WHERE session IS NOT NULL;
    """,
    """
    ALTER TABLE jobs ADD COLUMN notebook TEXT;
    ALTER TABLE jobs ADD COLUMN cell TEXT;
    ALTER TABLE jobs ADD COLUMN execution TEXT;
    ALTER TABLE clips ADD COLUMN audio TEXT;
    CREATE INDEX jobs_by_notebook ON jobs (notebook, created) WHERE notebook IS NOT NULL;
    """,
    """
    CREATE INDEX jobs_by_time ON jobs (created);
    DROP INDEX jobs_open;
    CREATE INDEX jobs_open ON jobs (created) WHERE stage != 'ended';
    CREATE INDEX jobs_by_day ON jobs (CAST(created / 86400 AS INTEGER), provider, model, cost_unit, cost)
        WHERE cost IS NOT NULL;
    CREATE INDEX jobs_owned ON jobs (owner) WHERE owner IS NOT NULL;
    CREATE INDEX jobs_retried ON jobs (retry_of) WHERE retry_of IS NOT NULL;
    """,
)
