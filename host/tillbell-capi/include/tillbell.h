/* Tillbell: turns card transactions into messages by banks' plugins.
 *
 *     tb_trust *trust = NULL;
 *     tb_host *host = NULL;
 *     tb_outcome *outcome = NULL;
 *     tb_error *error = tb_trust_new(&trust);
 *     if (!error) error = tb_trust_add(trust, bank_pem, "harbour");
 *     if (!error) error = tb_host_open(NULL, trust, "releases", 0, &host);
 *     if (!error) error = tb_host_load(host, "harbour.tillbell");
 *     if (!error) error = tb_host_process_json(host, json, length, NULL, &outcome);
 *     ...
 *     tb_outcome_free(outcome); tb_host_free(host); tb_trust_free(trust);
 *
 * Errors. A function that can fail returns NULL for success, or an error that
 * the caller frees by tb_error_free. What it would have written through an
 * out-pointer is then not written. A NULL where none is allowed is an error
 * (TB_ERROR_ARGUMENT), never a crash. Nothing here unwinds or aborts.
 *
 * Ownership. What a function hands out through a T** is the caller's, who frees
 * it by the function of its type; freeing NULL does nothing. A tb_text is lent:
 * it lives as long as what it was read from.
 *
 * Strings. All are UTF-8. Strings in end with NUL. Strings out (tb_text) have a
 * length, and a NUL behind them; texts and codes of the library hold no other
 * NUL.
 *
 * Threads. A host may be used from any number of threads at once; so may a
 * decoder, and what is only read (errors, outcomes, events). A tb_trust belongs
 * to one thread at a time. Nothing may be freed while it is in use.
 *
 * Secrets. Error texts and failure details hold no card number, no telephone
 * number and nothing of a record. tb_message holds recipient and text in clear.
 */
#ifndef TILLBELL_H
#define TILLBELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library's version, such as "0.1.0". Static; never NULL. */
const char *tb_version(void);

/* ---- Values ---------------------------------------------------------- */

/* UTF-8 that somebody else owns. data is never NULL and has a NUL at length. */
typedef struct tb_text {
    const char *data;
    size_t length;
} tb_text;

/* An instant, and the wall clock it was read on. unix_seconds is 0 where there
 * is no instant; utc_offset_minutes is -840 to 840. */
typedef struct tb_time {
    int64_t unix_seconds;
    int16_t utc_offset_minutes;
} tb_time;

/* ---- Errors ---------------------------------------------------------- */

typedef struct tb_error tb_error;

/* Later versions may add kinds. */
typedef uint32_t tb_error_kind;
#define TB_ERROR_ARGUMENT ((tb_error_kind)1)        /* NULL, not UTF-8, out of range */
#define TB_ERROR_RECORD ((tb_error_kind)2)          /* a transaction cannot be read */
#define TB_ERROR_PANIC ((tb_error_kind)3)           /* a defect of the library */
#define TB_ERROR_MANIFEST ((tb_error_kind)10)       /* of a bundle: not allowed */
#define TB_ERROR_FILE ((tb_error_kind)11)           /* cannot be read or written */
#define TB_ERROR_OVERLAP ((tb_error_kind)12)        /* two bundles, the same cards or name */
#define TB_ERROR_ARTEFACT ((tb_error_kind)13)       /* cut short; another target or version */
#define TB_ERROR_UNTRUSTED ((tb_error_kind)14)      /* not signed by a key trusted with it */
#define TB_ERROR_DOWNGRADE ((tb_error_kind)15)      /* a later release ran before */
#define TB_ERROR_DEADLINE ((tb_error_kind)20)       /* a plugin took too long */
#define TB_ERROR_LIMIT ((tb_error_kind)21)          /* more than it may have */
#define TB_ERROR_TRAP ((tb_error_kind)22)           /* a plugin trapped */
#define TB_ERROR_REFUSED ((tb_error_kind)23)        /* a plugin answered with an error */
#define TB_ERROR_INVALID_RESULT ((tb_error_kind)24) /* ... with what its interface rules out */
#define TB_ERROR_GUARD ((tb_error_kind)25)          /* the guard blocked a text */
#define TB_ERROR_TRIPPED ((tb_error_kind)26)        /* a bundle rests after failures */
#define TB_ERROR_HOST ((tb_error_kind)30)           /* the engine or the system */

/* The kind of an error; 0 for NULL. */
tb_error_kind tb_error_get_kind(const tb_error *error);

/* The words of an error and of what caused it; "" for NULL. Lives as long as
 * the error. */
const char *tb_error_get_message(const tb_error *error);

void tb_error_free(tb_error *error);

/* ---- Limits ---------------------------------------------------------- */

/* How much of each resource a plugin may use. A bundle may ask for less. */
typedef struct tb_limits {
    size_t size;                      /* sizeof(tb_limits); set by tb_limits_init */
    uint32_t deadline_ms;             /* wall time of one call, 1 to 1000; 5 */
    uint32_t concurrent_transactions; /* at the same time, 1 to 1000; 8 */
    size_t memory_bytes;              /* of one plugin, a multiple of 65536; 2 MiB */
    size_t wasm_stack_bytes;          /* native stack below a call; 256 KiB */
    size_t result_bytes;              /* values that one call returns; 128 KiB */
    size_t log_bytes;                 /* log lines of one transaction; 4 KiB */
    size_t deliveries;                /* messages of one transaction; 8 */
    size_t table_elements;            /* in one table of a plugin; 8,192 */
    size_t instance_bytes;            /* bookkeeping of one instance; 256 KiB */
    uint32_t instances;               /* core instances of one component; 4 */
    uint32_t memories;                /* linear memories of one component; 1 */
    uint32_t tables;                  /* tables of one component; 2 */
} tb_limits;

/* Fills in the defaults. */
tb_error *tb_limits_init(tb_limits *limits);

/* ---- Trust ----------------------------------------------------------- */

/* Whose artefacts are loaded: Ed25519 public keys. */
typedef struct tb_trust tb_trust;

/* Trusts nobody yet. */
tb_error *tb_trust_new(tb_trust **out);

/* Trusts the keys of a PEM text, as `openssl pkey -pubout` prints them: with
 * the bundle of this id, or with all where bundle is NULL. In a host of several
 * banks each bank's key signs for its own bundle alone.
 * TB_ERROR_UNTRUSTED if there is no such key in it. */
tb_error *tb_trust_add(tb_trust *trust, const char *pem, const char *bundle);

void tb_trust_free(tb_trust *trust);

/* ---- Hosts ----------------------------------------------------------- */

typedef struct tb_host tb_host;

typedef uint32_t tb_host_flags;
/* No thread is started: the caller calls tb_host_tick each millisecond, or a
 * plugin that hangs is never stopped. */
#define TB_TICKED ((tb_host_flags)1)
/* Runs artefacts that were baked for the interpreter (pulley64, pulley32), also
 * where there is native code. */
#define TB_INTERPRETED ((tb_host_flags)2)
/* Bundles may have plugins in the wide engine, as those in JavaScript: 16 MiB of
 * memory each. It is started with the first such bundle. */
#define TB_WIDE ((tb_host_flags)4)

/* Opens a host without bundles. limits may be NULL: the defaults. trust is
 * copied. ledger_path may be NULL: else the file in which the host keeps which
 * release of each bundle ran last, made if it is missing; older releases are
 * then refused. flags: 0, or some of the above. */
tb_error *tb_host_open(const tb_limits *limits, const tb_trust *trust, const char *ledger_path,
                       tb_host_flags flags, tb_host **out);

/* Loads a bank's artefact, a file of `tillbell bake`. It stays mapped: only
 * those may write to it who may replace this program, and a new one is put into
 * its place by renaming. Waits for transactions that run.
 * TB_ERROR_UNTRUSTED, _ARTEFACT, _DOWNGRADE, _OVERLAP, _LIMIT, _FILE. */
tb_error *tb_host_load(tb_host *host, const char *path);

/* Puts a later release of a loaded bundle in the place of the one that runs,
 * without a pause. If it fails, the one before it runs again (TB_RESTORED). */
tb_error *tb_host_replace(tb_host *host, const char *path);

/* Remembers the last so many transactions, at most 1,000,000, in about 600
 * bytes each, so that what belongs together is told together: a repeat is told
 * once, a reversal as what it took back, and to nobody where nobody was told of
 * its original. 0, as at the beginning: none. Forgets what was remembered, and
 * what waits.
 *
 * Judging, deciding and recording a transaction is one step: threads that bring
 * the same one at the same time get its messages once. Whoever gets an outcome
 * delivers its messages; they count as told.
 *
 * orphan_seconds: how long a reversal whose original was not seen waits for it,
 * at most 86,400; 60 is usual, 0 tells it at once. What waits is decided by
 * tb_host_due: call that each second, or it is never told. At most 10,000 wait. */
tb_error *tb_host_remember(tb_host *host, size_t transactions, uint32_t orphan_seconds);

/* Takes the next of what happened to bundles; *event is NULL where nothing
 * did. *dropped: how many were lost since the last call because nobody took
 * them (1,024 are kept). */
typedef struct tb_event tb_event;
tb_error *tb_host_take_event(const tb_host *host, tb_event **event, uint64_t *dropped);

/* For a host with TB_TICKED: a millisecond has passed. Never waits. */
tb_error *tb_host_tick(const tb_host *host);

void tb_host_free(tb_host *host);

/* ---- Transactions ---------------------------------------------------- */

/* Reads ISO 8583 messages of one dialect. */
typedef struct tb_decoder tb_decoder;

/* dialect: "iso1987-ascii", "iso1987-binary", "unionpay-pos", or the text of a
 * dialect file (TOML). reference_time: an instant near which messages are sent,
 * because ISO 8583 carries no year. */
tb_error *tb_decoder_new(const char *dialect, const tb_time *reference_time, tb_decoder **out);

void tb_decoder_free(tb_decoder *decoder);

/* What became of a record. */
typedef struct tb_outcome tb_outcome;

/* Processes one transaction in canonical JSON, at most 64 KiB. now may be NULL:
 * the transaction's own time. Fails only if the record cannot be read
 * (TB_ERROR_RECORD): what a plugin does wrong is part of the outcome. */
tb_error *tb_host_process_json(const tb_host *host, const uint8_t *record, size_t length,
                               const tb_time *now, tb_outcome **out);

/* The same for one ISO 8583 message, without its frame. An answer without a card is ignored
 * as `unpaired`: requests and answers are paired by the tap and the command alone. What of a
 * message cannot be read and decides nothing is left out. */
tb_error *tb_host_process_iso8583(const tb_host *host, const tb_decoder *decoder,
                                  const uint8_t *message, size_t length, const tb_time *now,
                                  tb_outcome **out);

/* For a host that remembers: decides the next transaction that waits (it was
 * TB_DEFERRED) and is due at `now`. *out is NULL where nothing is; else it is the
 * caller's, as one of tb_host_process_json. Call it until *out is NULL, from any
 * thread. It may be TB_DEFERRED once more, at most 8 times. */
tb_error *tb_host_due(const tb_host *host, const tb_time *now, tb_outcome **out);

/* ---- Outcomes -------------------------------------------------------- */

typedef uint32_t tb_decision;
#define TB_NOTIFIED ((tb_decision)1)   /* there are messages to deliver */
#define TB_SUPPRESSED ((tb_decision)2) /* nobody is told */
#define TB_DEFERRED ((tb_decision)3)   /* to be decided again at `until`: by tb_host_due,
                                          or process it again where nothing is remembered */
#define TB_REJECTED ((tb_decision)4)   /* no bundle for the card, or all was blocked */
#define TB_IGNORED ((tb_decision)5)    /* a record that makes no messages; see reason */

typedef struct tb_outcome_view {
    tb_decision decision;
    tb_time until;       /* for TB_DEFERRED */
    tb_text transaction; /* its id: the same for a repeat */
    tb_text bundle;      /* "" where none speaks for the card */
    tb_text reason;      /* a code, such as "below-threshold" */
    tb_text rule;        /* the rule that decided */
    uint64_t release;    /* of the bundle that decided; 0 where the host did */
    bool identified;     /* false: the same transaction again is not recognised; it has
                            neither RRN nor STAN nor an id of its source */
    size_t messages;     /* how many there are to read */
    size_t failures;     /* how many were made up for */
    uint64_t route_ns;   /* time of each stage, in nanoseconds */
    uint64_t mask_ns;
    uint64_t render_ns;
    uint64_t guard_ns;
} tb_outcome_view;

typedef uint32_t tb_party;
#define TB_CARDHOLDER ((tb_party)1)
#define TB_MERCHANT ((tb_party)2)

typedef struct tb_message {
    tb_party party;
    uint32_t segments;  /* SMS segments */
    uint32_t priority;  /* 0 is bulk, 100 is urgent */
    bool by_plugin;     /* false: the host's own words */
    tb_text channel;    /* such as "sms" */
    tb_text template_;  /* the template's name */
    tb_text locale;     /* such as "zh-CN" */
    tb_text recipient;  /* in clear; "" where no contact is known */
    tb_text masked_recipient; /* as it may be shown, such as "138******00" */
    tb_text text;       /* guarded */
    tb_time not_before; /* 0 seconds: at once */
    tb_time expires_at; /* 0 seconds: never */
} tb_message;

typedef struct tb_failure {
    tb_error_kind kind;
    tb_text role; /* "router", "masker", "renderer"; "" where it was none's */
    tb_text detail;
} tb_failure;

/* Reads an outcome; index is below .messages, or below .failures. What is read
 * lives as long as the outcome. */
tb_error *tb_outcome_read(const tb_outcome *outcome, tb_outcome_view *view);
tb_error *tb_outcome_message(const tb_outcome *outcome, size_t index, tb_message *message);
tb_error *tb_outcome_failure(const tb_outcome *outcome, size_t index, tb_failure *failure);

void tb_outcome_free(tb_outcome *outcome);

/* ---- Events ---------------------------------------------------------- */

/* Later versions may add kinds. */
typedef uint32_t tb_event_kind;
#define TB_TRIPPED ((tb_event_kind)1)       /* failures in a row: its plugins rest */
#define TB_RECOVERED ((tb_event_kind)2)     /* they run again */
#define TB_RESTORED ((tb_event_kind)3)      /* a new release failed: the one before it runs */
#define TB_PROVEN ((tb_event_kind)4)        /* a new release did well for long enough */
#define TB_OTHER_EVENT ((tb_event_kind)255) /* see text */

typedef struct tb_event_view {
    tb_event_kind kind;
    tb_error_kind failure; /* how the last failure was; 0 where there was none */
    tb_text bundle;
    uint64_t release;        /* the release that runs, or rests */
    uint64_t failed_release; /* for TB_RESTORED; else 0 */
    uint64_t retry_after_ms; /* for TB_TRIPPED: when one transaction tries again */
    tb_text text;            /* all of it in words, for a log */
} tb_event_view;

/* Reads an event. What is read lives as long as the event. */
tb_error *tb_event_read(const tb_event *event, tb_event_view *view);

void tb_event_free(tb_event *event);

/* ---- The guard ------------------------------------------------------- */

/* Looks at a text as a host does before it leaves: for texts that no plugin made,
 * and for a bank's own tests. What a host processes has been looked at. */
typedef struct tb_guard tb_guard;

/* manifest: the text of a bundle's tillbell.toml, whose signature, numbers, links,
 * words, phrases and segments are held against texts; NULL: no bank is known, and no
 * link may stand in a text. transaction: canonical JSON, at most 64 KiB, by which
 * every number of a text is accounted for; NULL, with length 0: no number is, and a
 * wrong amount is not found. What nobody may send is found all the same (card,
 * identity and account numbers, e-mail addresses, codes, links, characters).
 * TB_ERROR_MANIFEST, _RECORD. */
tb_error *tb_guard_new(const char *manifest, const uint8_t *transaction, size_t length,
                       tb_guard **out);

/* What must not leave of one text. */
typedef struct tb_findings tb_findings;

/* party: who reads it; 0 where that is not known, and then what either may read is
 * accounted for. locale: its language, such as "en", which says how decimals are
 * written; may be NULL. *out is the caller's, also where nothing was found. From any
 * thread. */
tb_error *tb_guard_inspect(const tb_guard *guard, const char *text, tb_party party,
                           const char *locale, tb_findings **out);

typedef struct tb_finding {
    size_t start;   /* its first byte in the text */
    size_t end;     /* the byte behind its last */
    tb_text rule;   /* a code: "pan", "secret", "amount", "link", "call-back", ... */
    tb_text reason; /* in words, without what was found */
} tb_finding;

/* How many there are; 0: the text may leave. 0 for NULL. */
size_t tb_findings_count(const tb_findings *findings);

/* Reads one; index is below the count. What is read lives as long as the findings. */
tb_error *tb_findings_read(const tb_findings *findings, size_t index, tb_finding *finding);

void tb_findings_free(tb_findings *findings);

void tb_guard_free(tb_guard *guard);

#ifdef __cplusplus
}
#endif

#endif
