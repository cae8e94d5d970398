-- The tables of version 1, as a program of that version made them, and one of its
-- subscribers. What its messages looked like is in migrate/tests.rs.
pragma application_id = 1416195180;
pragma user_version = 1;
CREATE TABLE transactions (
    id integer primary key,
    -- What the source calls it.
    name text not null,
    -- Digest of acquirer, merchant, terminal, day, RRN, STAN and kind; none
    -- where the source gave neither RRN nor STAN.
    key blob unique,
    bundle text,
    decision text not null,
    reason text not null,
    rule text not null,
    accepted_at integer not null,
    -- While it is deferred: until when, and its canonical JSON.
    decide_at integer,
    event blob
) strict;
CREATE INDEX transactions_by_name on transactions (name);
CREATE INDEX acceptances on transactions (accepted_at);
CREATE INDEX undecided on transactions (decide_at) where decide_at is not null;
CREATE TABLE traces (
    trace blob not null,
    transaction_id integer not null references transactions on delete cascade,
    kind text not null,
    is_reversal integer not null,
    unix_seconds integer not null,
    primary key (trace, transaction_id)
) strict, without rowid;
CREATE INDEX traces_of on traces (transaction_id);
CREATE TABLE messages (
    id integer primary key,
    transaction_id integer not null references transactions on delete cascade,
    party text not null,
    bundle text not null,
    channel text not null,
    -- Where it waits: its channel, or one of the channel's fallbacks.
    queue text not null,
    recipient text,
    template text not null,
    locale text not null,
    text text not null,
    encoding text not null,
    segments integer not null,
    priority integer not null,
    state integer not null,
    -- Why it is in this state.
    cause text,
    due_at integer not null,
    expires_at integer,
    accepted_at integer not null,
    submitted_at integer,
    done_at integer,
    attempts integer not null default 0,
    -- Since when an attempt waits for its answer.
    asked_at integer,
    -- Since when it is not known whether the peer has it.
    unsure_at integer,
    -- The message that this one corrects: its transaction was reversed.
    corrects integer references messages on delete set null
) strict;
CREATE INDEX messages_of on messages (transaction_id);
CREATE INDEX waiting on messages (due_at) where state = 0;
CREATE INDEX queue on messages (queue, priority desc, id) where state = 1;
CREATE INDEX unanswered on messages (queue, asked_at) where asked_at is not null;
CREATE INDEX submitted on messages (queue, submitted_at) where state = 2;
CREATE INDEX expiring on messages (expires_at) where state < 2 and expires_at is not null;
CREATE INDEX arrivals on messages (accepted_at);
CREATE INDEX corrections on messages (corrects) where corrects is not null;
CREATE TABLE parts (
    message_id integer not null references messages on delete cascade,
    queue text not null,
    number integer not null,
    -- What the peer calls it, in the form that receipts are matched by; and as
    -- it writes it, where that is another.
    remote text not null,
    spelling text,
    state integer not null,
    -- Why it is in this state.
    cause text,
    primary key (message_id, queue, number)
) strict, without rowid;
CREATE INDEX awaited on parts (queue, remote) where state = 2;
CREATE TABLE early (
    id integer primary key,
    queue text not null,
    remote text not null,
    -- Whose telephone it was, in digits, and our reference, where the receipt
    -- says so.
    recipient text,
    reference integer,
    state integer not null,
    cause text,
    at integer not null
) strict;
CREATE INDEX early_by_remote on early (queue, remote);
CREATE INDEX early_by_recipient on early (queue, substr(recipient, -8));
CREATE INDEX early_by_age on early (at);
CREATE TABLE subscribers (
    party text not null,
    -- The card's token, or the merchant's id.
    reference text not null,
    phone text,
    email text,
    locale text,
    threshold integer,
    currency text,
    quiet_hours text,
    utc_offset_minutes integer,
    -- Since when, in RFC 3339; none without consent.
    consent text,
    changed_at integer not null,
    -- A telephone is written with its country's code, or without.
    phone_tail text generated always as (substr(phone, -8)) virtual,
    primary key (party, reference)
) strict, without rowid;
CREATE INDEX subscribers_by_phone on subscribers (phone_tail) where phone is not null;
CREATE TABLE notices (
    id integer primary key,
    what text not null,
    party text not null,
    reference text not null,
    phone text not null,
    at integer not null
) strict;
CREATE TABLE counters (
    bundle text not null,
    counter text not null,
    card blob not null,
    currency text not null,
    count integer not null,
    sum integer not null,
    -- When the first happened, and on which clock.
    since integer not null,
    utc_offset_minutes integer not null,
    changed_at integer not null,
    primary key (bundle, counter, card, currency)
) strict;
CREATE INDEX counters_by_age on counters (changed_at);
CREATE TABLE counted (
    transaction_id integer not null references transactions on delete cascade,
    counter text not null,
    primary key (transaction_id, counter)
) strict, without rowid;
CREATE TABLE changes (
    message_id integer not null references messages on delete cascade,
    number integer not null,
    at integer not null,
    state integer not null,
    cause text,
    primary key (message_id, number)
) strict, without rowid;
insert into subscribers (party, reference, phone, consent, changed_at) values ('cardholder', 'tok_001819', '+8613800138000', '2026-01-05T10:00:00+08:00', 1795134600000);
