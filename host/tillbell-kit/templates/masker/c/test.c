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
    tillbell_mask_call call = { 0 };
    call.party = TILLBELL_MERCHANT;
    call.sensitive.card.last4 = 42;
    call.sensitive.fee.has = true;
    call.sensitive.cardholder.name.has = true;
    call.sensitive.cardholder.name.value = TILLBELL_TEXT("A. Person");
    tillbell_view view = tillbell_mask(&call)->value.view;
    CHECK(view.party == TILLBELL_MERCHANT && view.card.last4 == 42);
    CHECK(!view.cardholder_name.has && !view.fee.has && !view.merchant_name.has);
    CHECK(strcmp(tillbell_last_line, "info: a transaction without a merchant's name") == 0);
    call.party = TILLBELL_CARDHOLDER;
    call.sensitive.merchant.name = TILLBELL_TEXT("Coffee Lab");
    view = tillbell_mask(&call)->value.view;
    CHECK(view.fee.has && view.merchant_name.has && !view.cardholder_name.has);
    puts(failed ? "failed" : "passed");
    return failed;
}
