/* A whole life: open, trust, load, process, read, observe, free. Arguments: the
 * folder of the test's files, and "interpreted" where that is meant. */
/* nanosleep */
#define _POSIX_C_SOURCE 200809L

#undef NDEBUG
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tillbell.h"

static char path[3][1024];

static const char *in_folder(int slot, const char *folder, const char *name) {
    snprintf(path[slot], sizeof path[slot], "%s/%s", folder, name);
    return path[slot];
}

static char *read_file(const char *name, size_t *length) {
    FILE *file = fopen(name, "rb");
    assert(file != NULL);
    char *bytes = malloc(1 << 20);
    assert(bytes != NULL);
    size_t read = fread(bytes, 1, (1 << 20) - 1, file);
    bytes[read] = 0;
    fclose(file);
    if (length != NULL) *length = read;
    return bytes;
}

static void check(tb_error *error) {
    if (error != NULL) {
        fprintf(stderr, "error %u: %s\n", tb_error_get_kind(error), tb_error_get_message(error));
        abort();
    }
}

static void fails(tb_error *error, tb_error_kind kind, const char *words) {
    assert(error != NULL);
    if (tb_error_get_kind(error) != kind || strstr(tb_error_get_message(error), words) == NULL) {
        fprintf(stderr, "error %u: %s\n", tb_error_get_kind(error), tb_error_get_message(error));
        abort();
    }
    tb_error_free(error);
}

static bool is(tb_text text, const char *expected) {
    assert(text.data != NULL && text.data[text.length] == 0);
    return strcmp(text.data, expected) == 0 && strlen(expected) == text.length;
}

#define RECORD(kind) NUMBERED_AS(kind, "632408000123", "000123")
#define NUMBERED(rrn, stan) NUMBERED_AS("purchase", rrn, stan)
#define NUMBERED_AS(kind, rrn, stan)                                                          \
    "{\"kind\":\"" kind "\",\"approval\":\"approved\",\"amount\":{\"minor_units\":12850,"           \
    "\"currency\":\"CNY\"},\"time\":\"2026-11-20T08:31:05+08:00\",\"card\":{\"pan\":"             \
    "\"6216261000000000018\"},\"cardholder\":{\"phone\":\"13800138000\"},\"merchant\":{"          \
    "\"name\":\"Coffee\",\"id\":\"898310057340001\",\"terminal\":\"00000312\",\"phone\":"       \
    "\"02155550100\"},\"rrn\":\"" rrn "\",\"stan\":\"" stan "\"}"

static const char JSON[] = RECORD("purchase");
static const char REFUND[] = RECORD("refund");
static const char REVERSAL[] = RECORD("reversal");

static void process_one(const tb_host *host) {
    tb_outcome *outcome = NULL;
    tb_outcome_view view;
    check(tb_host_process_json(host, (const uint8_t *)JSON, strlen(JSON), NULL, &outcome));
    check(tb_outcome_read(outcome, &view));
    assert(view.decision == TB_NOTIFIED && is(view.bundle, "harbour"));
    assert(view.messages == 2 && view.failures == 0 && view.route_ns > 0);
    assert(view.rule.length > 0 && view.reason.length > 0 && view.transaction.length > 0);
    assert(view.release == 1 && view.identified);
    for (size_t at = 0; at < view.messages; at++) {
        tb_message message;
        check(tb_outcome_message(outcome, at, &message));
        assert(message.party == (at == 0 ? TB_CARDHOLDER : TB_MERCHANT));
        assert(is(message.channel, "sms") && message.by_plugin && message.segments >= 1);
        assert(is(message.recipient, at == 0 ? "13800138000" : "02155550100"));
        assert(strstr(message.text.data, "128.50") != NULL && message.template_.length > 0);
        assert(strstr(message.text.data, "6216261000000000018") == NULL);
    }
    tb_message none;
    fails(tb_outcome_message(outcome, 2, &none), TB_ERROR_ARGUMENT, "index 2, but there are 2");
    tb_failure failure;
    fails(tb_outcome_failure(outcome, 0, &failure), TB_ERROR_ARGUMENT, "index 0");
    tb_outcome_free(outcome);
}

/* What four threads share: they begin each round together. */
#define ROUNDS 500
#define TELLERS 4
typedef struct round_state {
    const tb_host *host;
    pthread_barrier_t barrier;
    pthread_mutex_t lock;
    int rounds;
    int told[ROUNDS];
} round_state;

static void *tell_the_same(void *argument) {
    round_state *state = argument;
    char record[1024];
    for (int round = 0; round < state->rounds; round++) {
        snprintf(record, sizeof record, NUMBERED("%012d", "%06d"), round, round);
        pthread_barrier_wait(&state->barrier);
        tb_outcome *outcome = NULL;
        tb_outcome_view view;
        check(tb_host_process_json(state->host, (const uint8_t *)record, strlen(record), NULL,
                                   &outcome));
        check(tb_outcome_read(outcome, &view));
        assert(view.identified && (view.messages > 0) == (view.decision == TB_NOTIFIED));
        assert((view.release == 1) == (view.messages > 0));
        assert(pthread_mutex_lock(&state->lock) == 0);
        state->told[round] += view.messages > 0;
        assert(pthread_mutex_unlock(&state->lock) == 0);
        tb_outcome_free(outcome);
    }
    return NULL;
}

/* Four threads bring the same transaction at the same time: one tells. */
static void one_of_many_tells(tb_host *host, int rounds) {
    static round_state state;
    pthread_t threads[TELLERS];
    state.host = host;
    state.rounds = rounds;
    check(tb_host_remember(host, 1000, 60));
    assert(pthread_barrier_init(&state.barrier, NULL, TELLERS) == 0);
    assert(pthread_mutex_init(&state.lock, NULL) == 0);
    for (int at = 0; at < TELLERS; at++) {
        assert(pthread_create(&threads[at], NULL, tell_the_same, &state) == 0);
    }
    for (int at = 0; at < TELLERS; at++) assert(pthread_join(threads[at], NULL) == 0);
    for (int round = 0; round < rounds; round++) assert(state.told[round] == 1);
    pthread_barrier_destroy(&state.barrier);
    pthread_mutex_destroy(&state.lock);
}

/* A reversal waits a minute for its original, and is then told. */
static void an_orphan_is_told(tb_host *host) {
    tb_outcome *outcome = NULL;
    tb_outcome_view view;
    tb_time now = {1795134665, 480};
    check(tb_host_remember(host, 100, 60));
    check(tb_host_process_json(host, (const uint8_t *)REVERSAL, strlen(REVERSAL), &now, &outcome));
    check(tb_outcome_read(outcome, &view));
    assert(view.decision == TB_DEFERRED && is(view.reason, "original-awaited"));
    assert(view.until.unix_seconds == now.unix_seconds + 60 && is(view.bundle, "harbour"));
    tb_outcome_free(outcome);
    check(tb_host_due(host, &now, &outcome));
    assert(outcome == NULL);
    now.unix_seconds += 60;
    check(tb_host_due(host, &now, &outcome));
    assert(outcome != NULL);
    check(tb_outcome_read(outcome, &view));
    assert(view.decision == TB_NOTIFIED && view.messages > 0 && view.release == 1);
    tb_outcome_free(outcome);
    check(tb_host_due(host, &now, &outcome));
    assert(outcome == NULL);
}

static void *process_many(void *host) {
    for (int at = 0; at < 20; at++) process_one(host);
    return NULL;
}

static void *tick(void *host) {
    for (int at = 0; at < 20000; at++) {
        check(tb_host_tick(host));
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
        pthread_testcancel();
    }
    return NULL;
}

static void null_arguments(tb_host *host, tb_trust *trust, tb_decoder *decoder,
                           const tb_outcome *outcome) {
    const uint8_t byte = 0;
    const tb_time now = {0, 0};
    tb_outcome *out = NULL;
    tb_event *event = NULL;
    tb_outcome_view view;
    tb_message message;
    tb_failure failure;
    tb_event_view event_view;
    tb_host *opened = NULL;
    tb_decoder *made = NULL;
    uint64_t dropped;
    const tb_error_kind null = TB_ERROR_ARGUMENT;
    fails(tb_limits_init(NULL), null, "limits is NULL");
    fails(tb_trust_new(NULL), null, "out is NULL");
    fails(tb_trust_add(NULL, "", NULL), null, "trust is NULL");
    fails(tb_trust_add(trust, NULL, NULL), null, "pem is NULL");
    fails(tb_host_open(NULL, NULL, NULL, 0, &opened), null, "trust is NULL");
    fails(tb_host_open(NULL, trust, NULL, 0, NULL), null, "out is NULL");
    fails(tb_host_open(NULL, trust, NULL, 64, &opened), null, "flags 0x40 are unknown");
    fails(tb_host_load(NULL, ""), null, "host is NULL");
    fails(tb_host_load(host, NULL), null, "path is NULL");
    fails(tb_host_replace(NULL, ""), null, "host is NULL");
    fails(tb_host_replace(host, NULL), null, "path is NULL");
    fails(tb_host_remember(NULL, 1, 60), null, "host is NULL");
    fails(tb_host_remember(host, 1000001, 60), null, "transactions: at most 1000000");
    fails(tb_host_remember(host, 1, 86401), null, "orphan_seconds: at most 86400");
    fails(tb_host_due(NULL, &now, &out), null, "host is NULL");
    fails(tb_host_due(host, NULL, &out), null, "now is NULL");
    fails(tb_host_due(host, &now, NULL), null, "out is NULL");
    fails(tb_host_take_event(NULL, &event, &dropped), null, "host is NULL");
    fails(tb_host_take_event(host, NULL, &dropped), null, "event is NULL");
    fails(tb_host_take_event(host, &event, NULL), null, "dropped is NULL");
    fails(tb_host_tick(NULL), null, "host is NULL");
    fails(tb_decoder_new(NULL, &now, &made), null, "dialect is NULL");
    fails(tb_decoder_new("iso1987-ascii", NULL, &made), null, "reference_time is NULL");
    fails(tb_decoder_new("iso1987-ascii", &now, NULL), null, "out is NULL");
    fails(tb_host_process_json(NULL, &byte, 1, NULL, &out), null, "host is NULL");
    fails(tb_host_process_json(host, NULL, 1, NULL, &out), null, "record is NULL");
    fails(tb_host_process_json(host, (const uint8_t *)JSON, strlen(JSON), NULL, NULL), null, "out");
    fails(tb_host_process_iso8583(NULL, decoder, &byte, 1, NULL, &out), null, "host is NULL");
    fails(tb_host_process_iso8583(host, NULL, &byte, 1, NULL, &out), null, "decoder is NULL");
    fails(tb_host_process_iso8583(host, decoder, NULL, 1, NULL, &out), null, "message is NULL");
    fails(tb_outcome_read(NULL, &view), null, "outcome is NULL");
    fails(tb_outcome_read(outcome, NULL), null, "view is NULL");
    fails(tb_outcome_message(NULL, 0, &message), null, "outcome is NULL");
    fails(tb_outcome_message(outcome, 0, NULL), null, "message is NULL");
    fails(tb_outcome_failure(NULL, 0, &failure), null, "outcome is NULL");
    fails(tb_outcome_failure(outcome, 0, NULL), null, "failure is NULL");
    fails(tb_event_read(NULL, &event_view), null, "event is NULL");
    assert(out == NULL && event == NULL && opened == NULL && made == NULL);
    assert(tb_error_get_kind(NULL) == 0 && strcmp(tb_error_get_message(NULL), "") == 0);
    tb_error_free(NULL);
    tb_trust_free(NULL);
    tb_host_free(NULL);
    tb_decoder_free(NULL);
    tb_outcome_free(NULL);
    tb_event_free(NULL);
}

/* A plugin that spins is stopped by the caller's ticks, and trips its bundle. */
/* What the guard finds in a text: a rule, or NULL where it may leave. */
static void looks(const tb_guard *guard, const char *text, tb_party party, const char *rule,
                  const char *place) {
    tb_findings *findings = NULL;
    check(tb_guard_inspect(guard, text, party, "en", &findings));
    assert(tb_findings_count(findings) == (rule ? 1 : 0));
    if (rule) {
        tb_finding finding;
        check(tb_findings_read(findings, 0, &finding));
        assert(is(finding.rule, rule) && finding.reason.length > 0);
        assert(finding.end - finding.start == strlen(place));
        assert(strncmp(text + finding.start, place, strlen(place)) == 0);
        fails(tb_findings_read(findings, 1, &finding), TB_ERROR_ARGUMENT, "index 1");
        fails(tb_findings_read(findings, 0, NULL), TB_ERROR_ARGUMENT, "finding is NULL");
    }
    tb_findings_free(findings);
}

static void guards(void) {
    tb_guard *guard = NULL;
    fails(tb_guard_new("id = 1", NULL, 0, &guard), TB_ERROR_MANIFEST, "tillbell.toml:1");
    fails(tb_guard_new(NULL, (const uint8_t *)"{", 1, &guard), TB_ERROR_RECORD, "");
    fails(tb_guard_new(NULL, NULL, 1, &guard), TB_ERROR_ARGUMENT, "transaction is NULL");
    fails(tb_guard_new(NULL, NULL, 0, NULL), TB_ERROR_ARGUMENT, "out is NULL");
    /* Nothing accounts for numbers; what nobody may send is found. */
    check(tb_guard_new(NULL, NULL, 0, &guard));
    looks(guard, "Paid CNY 999.99", 0, NULL, NULL);
    looks(guard, "Card 4242 4242 4242 4242", 0, "pan", "4242 4242 4242 4242");
    looks(guard, "see evil.com now", 0, "link", "evil.com");
    tb_guard_free(guard);
    const char *manifest =
        "id = \"a\"\nversion = \"1\"\nrelease = 1\nbin-ranges = [\"621626\"]\n"
        "signature = \"A:\"\nhotline = \"95500\"\nmax-segments = 2\nlocale = \"en\"\n"
        "phrases = [\"24 hours\"]\n[router]\ncomponent = \"r\"\n"
        "[masker]\ncomponent = \"m\"\n[renderer]\ncomponent = \"t\"\n";
    check(tb_guard_new(manifest, (const uint8_t *)JSON, strlen(JSON), &guard));
    looks(guard, "A: CNY 128.50, card 0018, 24 hours a day 95500", TB_CARDHOLDER, NULL, NULL);
    looks(guard, "A: CNY 128.51, card 0018", TB_MERCHANT, "amount", "128.51");
    looks(guard, "A: CNY 128.50, call 139 0000 1111", TB_CARDHOLDER, "call-back",
          "139 0000 1111");
    looks(guard, "CNY 128.50", TB_CARDHOLDER, "signature", "");
    tb_findings *findings = NULL;
    fails(tb_guard_inspect(guard, "A:", 7, NULL, &findings), TB_ERROR_ARGUMENT, "party");
    fails(tb_guard_inspect(guard, NULL, 0, NULL, &findings), TB_ERROR_ARGUMENT, "text is NULL");
    fails(tb_guard_inspect(NULL, "A:", 0, NULL, &findings), TB_ERROR_ARGUMENT, "guard is NULL");
    fails(tb_guard_inspect(guard, "A:", 0, NULL, NULL), TB_ERROR_ARGUMENT, "out is NULL");
    assert(tb_findings_count(NULL) == 0);
    tb_findings_free(NULL);
    tb_guard_free(guard);
    tb_guard_free(NULL);
}

static void hang(const char *folder, const tb_trust *trust, tb_host_flags flags) {
    tb_limits limits;
    check(tb_limits_init(&limits));
    limits.deadline_ms = 1;
    tb_host *host = NULL;
    check(tb_host_open(&limits, trust, NULL, flags | TB_TICKED, &host));
    check(tb_host_load(host, in_folder(0, folder, "spin.tillbell")));
    pthread_t clock;
    assert(pthread_create(&clock, NULL, tick, host) == 0);
    for (int at = 0; at < 5; at++) {
        tb_outcome *outcome = NULL;
        tb_outcome_view view;
        tb_failure failure;
        check(tb_host_process_json(host, (const uint8_t *)REFUND, strlen(REFUND), NULL, &outcome));
        check(tb_outcome_read(outcome, &view));
        assert(view.failures >= 1);
        check(tb_outcome_failure(outcome, 0, &failure));
        assert(failure.kind == TB_ERROR_DEADLINE && is(failure.role, "router"));
        assert(failure.detail.length > 0);
        tb_outcome_free(outcome);
    }
    tb_event *event = NULL;
    tb_event_view view;
    uint64_t dropped = 1;
    check(tb_host_take_event(host, &event, &dropped));
    assert(event != NULL && dropped == 0);
    check(tb_event_read(event, &view));
    assert(view.kind == TB_TRIPPED && view.failure == TB_ERROR_DEADLINE && is(view.bundle, "harbour"));
    assert(view.release == 1 && view.failed_release == 0 && view.retry_after_ms > 0);
    assert(strstr(view.text.data, "is tripped") != NULL);
    tb_event_free(event);
    check(tb_host_take_event(host, &event, &dropped));
    assert(event == NULL && dropped == 0);
    pthread_cancel(clock);
    pthread_join(clock, NULL);
    tb_host_free(host);
}

int main(int count, char **arguments) {
    assert(count == 3);
    const char *folder = arguments[1];
    const tb_host_flags flags = strcmp(arguments[2], "interpreted") == 0 ? TB_INTERPRETED : 0;
    char *pem = read_file(in_folder(0, folder, "bank.pub.pem"), NULL);
    char *other = read_file(in_folder(0, folder, "other.pub.pem"), NULL);
    assert(strlen(tb_version()) >= 5);

    tb_trust *nobody = NULL, *trust = NULL;
    tb_host *host = NULL;
    check(tb_trust_new(&nobody));
    fails(tb_trust_add(nobody, "no key", NULL), TB_ERROR_UNTRUSTED, "expected a PEM public key");
    check(tb_trust_add(nobody, other, NULL));
    check(tb_trust_add(nobody, pem, "meridian"));
    check(tb_host_open(NULL, nobody, NULL, flags, &host));
    const char *harbour = in_folder(1, folder, "harbour.tillbell");
    fails(tb_host_load(host, harbour), TB_ERROR_UNTRUSTED, "not trusted with \"harbour\"");
    tb_host_free(host);
    tb_trust_free(nobody);

    check(tb_trust_new(&trust));
    check(tb_trust_add(trust, pem, "harbour"));
    tb_limits limits;
    check(tb_limits_init(&limits));
    assert(limits.deadline_ms == 5 && limits.size == sizeof limits);
    limits.size = 3;
    fails(tb_host_open(&limits, trust, NULL, flags, &host), TB_ERROR_ARGUMENT, "tb_limits_init");
    check(tb_limits_init(&limits));
    limits.deadline_ms = 1000;
    const char *ledger = in_folder(2, folder, "releases");
    check(tb_host_open(&limits, trust, ledger, flags, &host));
    fails(tb_host_load(host, in_folder(0, folder, "none")), TB_ERROR_FILE, "cannot be opened");
    fails(tb_host_load(host, in_folder(0, folder, "bank.pub.pem")), TB_ERROR_ARTEFACT, "is not a");
    fails(tb_host_replace(host, harbour), TB_ERROR_ARTEFACT, "is not loaded");
    check(tb_host_load(host, harbour));
    fails(tb_host_load(host, harbour), TB_ERROR_OVERLAP, "is loaded twice");
    fails(tb_host_replace(host, harbour), TB_ERROR_ARTEFACT, "does not follow");

    process_one(host);
    tb_outcome *outcome = NULL;
    const char *bad = "{\"card\":{\"pan\":\"6216261000000000018\"";
    tb_error *error = tb_host_process_json(host, (const uint8_t *)bad, strlen(bad), NULL, &outcome);
    assert(error != NULL && outcome == NULL && tb_error_get_kind(error) == TB_ERROR_RECORD);
    assert(strstr(tb_error_get_message(error), "6216261") == NULL);
    tb_error_free(error);

    tb_time now = {1795134665, 480};
    tb_decoder *decoder = NULL;
    fails(tb_decoder_new("iso2099", &now, &decoder), TB_ERROR_ARGUMENT, "unionpay-pos");
    check(tb_decoder_new("iso1987-ascii", &now, &decoder));
    size_t length = 0;
    char *message = read_file(in_folder(0, folder, "message.bin"), &length);
    check(tb_host_process_iso8583(host, decoder, (uint8_t *)message, length, &now, &outcome));
    tb_outcome_view view;
    check(tb_outcome_read(outcome, &view));
    assert(view.decision >= TB_NOTIFIED && view.decision <= TB_IGNORED);
    null_arguments(host, trust, decoder, outcome);
    tb_outcome_free(outcome);
    fails(tb_host_process_iso8583(host, decoder, (uint8_t *)message, 7, &now, &outcome),
          TB_ERROR_RECORD, "");

    pthread_t threads[2];
    for (int at = 0; at < 2; at++) {
        assert(pthread_create(&threads[at], NULL, process_many, host) == 0);
    }
    for (int at = 0; at < 2; at++) assert(pthread_join(threads[at], NULL) == 0);

    /* Under valgrind a round takes long. */
    one_of_many_tells(host, flags == TB_INTERPRETED ? 10 : ROUNDS);
    an_orphan_is_told(host);
    check(tb_host_remember(host, 100, 60));
    process_one(host);
    check(tb_host_process_json(host, (const uint8_t *)JSON, strlen(JSON), NULL, &outcome));
    check(tb_outcome_read(outcome, &view));
    assert(view.decision == TB_SUPPRESSED && is(view.reason, "repeat") && view.messages == 0);
    tb_outcome_free(outcome);

    guards();
    hang(folder, trust, flags);
    free(message);
    tb_decoder_free(decoder);
    tb_host_free(host);
    tb_trust_free(trust);
    free(pem);
    free(other);
    puts("all is well");
    return 0;
}
