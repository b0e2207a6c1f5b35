-- migrate:up
-- What an addressee has taken and not acknowledged, the longest first: no statutory clock runs for a copy, so
-- figures and the doctor look at it.

CREATE INDEX dispatches_unacknowledged ON dispatches (kind, delivered_at) WHERE status = 'delivered';

-- migrate:down
DROP INDEX dispatches_unacknowledged;
