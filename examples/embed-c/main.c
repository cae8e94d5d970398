/* A program of one's own with the host in it: a bank's key and its baked
 * bundles from the command line, transactions from standard input, a JSON line
 * each, messages to standard output.
 *
 *     embed-c bank.pub.pem harbour.tillbell < day.jsonl
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tillbell.h"

enum { KEY_BYTES_MAX = 65536, LINE_BYTES_MAX = 65536 };

static const char *const DECISIONS[] = {"", "notified", "suppressed", "deferred", "rejected", ""};

/* Ends the program if there is an error. */
static void check(const char *what, tb_error *error) {
    if (error == NULL) return;
    fprintf(stderr, "%s: %s\n", what, tb_error_get_message(error));
    tb_error_free(error);
    exit(2);
}

static char *read_key(const char *path) {
    static char text[KEY_BYTES_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

static void print(const tb_outcome *outcome) {
    tb_outcome_view view;
    check("outcome", tb_outcome_read(outcome, &view));
    if (view.decision == TB_IGNORED) return;
    if (view.decision != TB_NOTIFIED) {
        printf("%s: %s\n", DECISIONS[view.decision], view.reason.data);
        return;
    }
    for (size_t at = 0; at < view.messages; at++) {
        tb_message message;
        check("message", tb_outcome_message(outcome, at, &message));
        /* message.recipient is in clear: for the channel, never for a log. */
        const char *to = message.masked_recipient.length > 0 ? message.masked_recipient.data : "?";
        printf("%s %s %s: %s\n", message.party == TB_CARDHOLDER ? "cardholder" : "merchant",
               message.channel.data, to, message.text.data);
    }
}

int main(int count, char **arguments) {
    static char line[LINE_BYTES_MAX];
    tb_limits limits;
    tb_trust *trust = NULL;
    tb_host *host = NULL;
    if (count < 3) {
        fprintf(stderr, "usage: %s KEY.pem BUNDLE.tillbell...\n", arguments[0]);
        return 2;
    }
    /* The vendor's maximum; a bank's bundle may only ask for less. */
    check("limits", tb_limits_init(&limits));
    check("trust", tb_trust_new(&trust));
    check(arguments[1], tb_trust_add(trust, read_key(arguments[1]), NULL));
    check("host", tb_host_open(&limits, trust, NULL, 0, &host));
    for (int at = 2; at < count; at++) check(arguments[at], tb_host_load(host, arguments[at]));

    for (unsigned long number = 1; fgets(line, sizeof line, stdin) != NULL; number++) {
        tb_outcome *outcome = NULL;
        tb_error *error =
            tb_host_process_json(host, (const uint8_t *)line, strlen(line), NULL, &outcome);
        if (error != NULL) {
            fprintf(stderr, "line %lu: %s\n", number, tb_error_get_message(error));
            tb_error_free(error);
            continue;
        }
        print(outcome);
        tb_outcome_free(outcome);
    }
    tb_host_free(host);
    tb_trust_free(trust);
    return 0;
}
