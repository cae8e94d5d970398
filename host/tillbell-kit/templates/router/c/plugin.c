/* The router of lantern: who is told of a transaction, on what channel, in which words, or why
 * nobody is. */
#include "tillbell.h"

TILLBELL_ROUTER

static const tillbell_string debits[] = {
    TILLBELL_TEXT("purchase"), TILLBELL_TEXT("purchase-with-cashback"),
    TILLBELL_TEXT("cash-withdrawal"), TILLBELL_TEXT("payment"),
    TILLBELL_TEXT("transfer"), TILLBELL_TEXT("completion"),
};
static const tillbell_string others[] = {
    TILLBELL_TEXT("refund"), TILLBELL_TEXT("void"), TILLBELL_TEXT("pre-authorisation"),
    TILLBELL_TEXT("deposit"), TILLBELL_TEXT("reversal"), TILLBELL_TEXT("inquiry"),
    TILLBELL_TEXT("adjustment"), TILLBELL_TEXT("verification"),
};
#define LENGTH(array) (sizeof(array) / sizeof *(array))

static bool is_one_of(tillbell_string text, const tillbell_string *all, size_t count) {
    for (size_t at = 0; at < count; at++)
        if (tillbell_equal(text, all[at])) return true;
    return false;
}

#define RULE(name) { TILLBELL_TEXT("rule"), TILLBELL_TEXT(name), TILLBELL_TEXT("plugin.c"), 0, { NULL, 0 } }

/* The bundle's files come here, where the manifest names some; see [router] in tillbell.toml. */
tillbell_configure_result *tillbell_configure(
    const tillbell_configuration_file *files, size_t count, const tillbell_bundle *about) {
    /* What there is, for `tillbell inspect` and `tillbell test --coverage`. */
    static tillbell_configured rules[] = {
        RULE("declined"), RULE("debit"), RULE("reversal"), RULE("untold"), RULE("default"),
    };
    static tillbell_configure_result result;
    (void)files;
    (void)count;
    (void)about;
    result.is_error = false;
    result.value.configured.items = rules;
    result.value.configured.length = LENGTH(rules);
    tillbell_keep();
    return &result;
}

static tillbell_route_result result;

static tillbell_route_result *nobody(tillbell_string rule, tillbell_string reason) {
    result.is_error = false;
    result.value.decision.outcome.kind = TILLBELL_SUPPRESS;
    result.value.decision.rule = rule;
    result.value.decision.reason = reason;
    return &result;
}

/* The cardholder by SMS, with the template of the rule's name. */
static tillbell_route_result *tell(const tillbell_facts *facts, tillbell_string rule) {
    static tillbell_delivery delivery;
    tillbell_option_string locale = facts->cardholder.locale;
    bool is_chinese = locale.has && tillbell_starts_with(locale.value, TILLBELL_TEXT("zh"));
    delivery.role = TILLBELL_TEXT("cardholder");
    delivery.channel = TILLBELL_TEXT("sms");
    delivery.template_name = rule;
    delivery.locale = is_chinese ? TILLBELL_TEXT("zh-CN") : TILLBELL_TEXT("en");
    delivery.priority = 80;
    delivery.not_before.has = false;
    delivery.expires_at.has = false;
    nobody(rule, rule);
    result.value.decision.outcome.kind = TILLBELL_NOTIFY;
    result.value.decision.outcome.value.notify.items = &delivery;
    result.value.decision.outcome.value.notify.length = 1;
    return &result;
}

/* Decides. A later host may have kinds that are not known here. */
tillbell_route_result *tillbell_route(const tillbell_route_call *call) {
    const tillbell_event *event = &call->facts.event;
    if (event->approval == TILLBELL_DECLINED)
        return nobody(TILLBELL_TEXT("declined"), TILLBELL_TEXT("declined"));
    if (is_one_of(event->kind, debits, LENGTH(debits)))
        return tell(&call->facts, TILLBELL_TEXT("debit"));
    bool is_back = tillbell_equal(event->kind, TILLBELL_TEXT("reversal")) ||
                   tillbell_equal(event->kind, TILLBELL_TEXT("void"));
    if (is_back && event->original_kind.has &&
        is_one_of(event->original_kind.value, debits, LENGTH(debits)))
        return tell(&call->facts, TILLBELL_TEXT("reversal"));
    if (is_one_of(event->kind, others, LENGTH(others)))
        return nobody(TILLBELL_TEXT("untold"), TILLBELL_TEXT("untold"));
    tillbell_log(TILLBELL_WARN, TILLBELL_TEXT("a kind of transaction that is not known here"));
    return nobody(TILLBELL_TEXT("default"), TILLBELL_TEXT("no-rule"));
}
