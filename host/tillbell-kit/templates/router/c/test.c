/* Native tests: `make test`. */
#include <stdio.h>
#include <string.h>

#include "tillbell.h"

static int failed;

static void is(tillbell_string found, const char *expected) {
    if (found.length == strlen(expected) && memcmp(found.data, expected, found.length) == 0) return;
    printf("expected %s\n   found %.*s\n", expected, (int)found.length, found.data);
    failed = 1;
}

static tillbell_decision decision(const char *kind, const char *locale) {
    tillbell_route_call call = { 0 };
    call.facts.event.kind = (tillbell_string){ kind, strlen(kind) };
    call.facts.cardholder.locale.has = true;
    call.facts.cardholder.locale.value = (tillbell_string){ locale, strlen(locale) };
    return tillbell_route(&call)->value.decision;
}

int main(void) {
    tillbell_decision decided = decision("purchase", "zh-TW");
    is(decided.rule, "debit");
    is(decided.outcome.value.notify.items[0].role, "cardholder");
    is(decided.outcome.value.notify.items[0].locale, "zh-CN");
    is(decision("purchase", "fr").outcome.value.notify.items[0].locale, "en");
    is(decision("refund", "en").rule, "untold");
    is(decision("rebate", "en").reason, "no-rule");
    is((tillbell_string){ tillbell_last_line, strlen(tillbell_last_line) },
       "warn: a kind of transaction that is not known here");
    puts(failed ? "failed" : "passed");
    return failed;
}
