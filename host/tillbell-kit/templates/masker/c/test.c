/* Native tests: `make test`. */
#include <stdio.h>
#include <string.h>

#include "tillbell.h"

static int failed;

#define CHECK(holds) check((holds), #holds)
static void check(bool holds, const char *what) {
    if (holds) return;
    printf("does not hold: %s\n", what);
    failed = 1;
}

int main(void) {
    tillbell_request requests[] = {
        { TILLBELL_TEXT("merchant") }, { TILLBELL_TEXT("auditor") }, { TILLBELL_TEXT("cardholder") },
    };
    tillbell_mask_call call = { 0 };
    call.requests.items = requests;
    call.requests.length = sizeof requests / sizeof *requests;
    call.sensitive.event.billing.has = true;
    call.sensitive.cardholder_time.has = true;
    call.sensitive.card.last4 = 42;
    call.sensitive.fee.has = true;
    call.sensitive.cardholder.name.has = true;
    call.sensitive.cardholder.name.value = TILLBELL_TEXT("A. Person");
    tillbell_views views = tillbell_mask(&call)->value.views;
    CHECK(views.length == 3 && !views.items[0].is_error && !views.items[2].is_error);
    tillbell_view view = views.items[0].value.view;
    CHECK(tillbell_equal(view.role, requests[0].role) && view.card.last4 == 42);
    CHECK(!view.cardholder_name.has && !view.fee.has && !view.merchant_name.has);
    CHECK(!view.event.billing.has && !view.local_time.has);
    CHECK(views.items[1].is_error && views.items[1].value.error.kind == TILLBELL_UNKNOWN_ROLE);
    CHECK(strcmp(tillbell_last_line, "info: a transaction without a merchant's name") == 0);
    call.sensitive.merchant.name = TILLBELL_TEXT("Coffee Lab");
    view = tillbell_mask(&call)->value.views.items[2].value.view;
    CHECK(tillbell_equal(view.role, requests[2].role) && view.merchant_name.has);
    CHECK(view.fee.has && view.event.billing.has && view.local_time.has);
    CHECK(!view.cardholder_name.has);
    puts(failed ? "failed" : "passed");
    return failed;
}
