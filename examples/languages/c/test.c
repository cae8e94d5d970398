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

static tillbell_string told(const char *template_name, const char *locale, tillbell_money amount) {
    tillbell_render_call call = { 0 };
    call.template_name = (tillbell_string){ template_name, strlen(template_name) };
    call.locale = (tillbell_string){ locale, strlen(locale) };
    call.view.event.kind = TILLBELL_TEXT("purchase");
    call.view.event.amount = amount;
    call.view.event.original_amount.has = true;
    call.view.event.original_amount.value = amount;
    call.view.event.original_amount.value.minor_units *= 2;
    call.view.event.time = (tillbell_time){ 1795163400, 180 };
    call.view.card.last4 = 42;
    call.view.merchant_name.has = true;
    call.view.merchant_name.value = TILLBELL_TEXT("Coffee Lab");
    tillbell_render_result *result = tillbell_render(&call);
    return result->is_error ? TILLBELL_TEXT("an error") : result->value.text;
}

int main(void) {
    tillbell_money dinar = { 12500, TILLBELL_TEXT("KWD"), 3 };
    tillbell_money yuan = { 12850, TILLBELL_TEXT("CNY"), 2 };
    tillbell_money odd = { 1, TILLBELL_TEXT("CNY"), 9 };
    tillbell_sender sender = {
        TILLBELL_TEXT("en"), TILLBELL_TEXT("Bank:"), TILLBELL_TEXT("95500") };
    tillbell_bundle about = { .senders = { &sender, 0 } };
    tillbell_configure_result *nobody = tillbell_configure(NULL, 0, &about);
    is(nobody->is_error ? nobody->value.error.value.missing : TILLBELL_TEXT("accepted"), "sender");
    about.senders.length = 1;
    tillbell_configure(NULL, 0, &about);
    is(told("debit", "en", dinar),
       "Bank: Purchase KWD 12.500 at Coffee Lab on 20 Nov 11:30:00, card 0042. "
       "Not you? Call 95500.");
    is(told("debit", "zh-CN", yuan),
       "Bank: 您尾号0042的卡11月20日11:30:00在Coffee Lab消费128.50元。如有疑问请致电95500。");
    is(told("reversal", "en", dinar),
       "Bank: KWD 12.500 of KWD 25.000 at Coffee Lab on 20 Nov 11:30:00 was returned to card "
       "0042. Questions? Call 95500.");
    is(told("rebate", "en", dinar), "an error");
    told("debit", "en", odd);
    is((tillbell_string){ tillbell_last_line, strlen(tillbell_last_line) },
       "warn: an amount has more decimals than any currency");
    puts(failed ? "failed" : "passed");
    return failed;
}
