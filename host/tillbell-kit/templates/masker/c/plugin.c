/* The masker of lantern: what a party may read of a transaction. What is not shown here stays
 * in the host: names, telephones, numbers of accounts and identities. */
#include "tillbell.h"

TILLBELL_MASKER

#define PROFILE(name) { TILLBELL_TEXT("profile"), TILLBELL_TEXT(name), TILLBELL_TEXT("plugin.c"), 0, { NULL, 0 } }

/* The bundle's files come here, where the manifest names some; see [masker] in tillbell.toml. */
tillbell_configure_result *tillbell_configure(
    const tillbell_configuration_file *files, size_t count, const tillbell_bundle *about) {
    /* What there is, for `tillbell inspect` and `tillbell test --coverage`. */
    static tillbell_configured profiles[] = { PROFILE("cardholder"), PROFILE("merchant") };
    static tillbell_configure_result result;
    (void)files;
    (void)count;
    (void)about;
    result.is_error = false;
    result.value.configured.items = profiles;
    result.value.configured.length = sizeof profiles / sizeof *profiles;
    tillbell_keep();
    return &result;
}

/* An empty text is one that the source did not say. */
static tillbell_option_string shown(tillbell_string text) {
    return (tillbell_option_string){ text.length > 0, text };
}

static void mask(
    tillbell_view_result *result, tillbell_string role, const tillbell_sensitive *sensitive) {
    static const tillbell_view nothing;
    bool is_cardholder = tillbell_equal(role, TILLBELL_TEXT("cardholder"));
    result->is_error = !is_cardholder && !tillbell_equal(role, TILLBELL_TEXT("merchant"));
    if (result->is_error) {
        result->value.error.kind = TILLBELL_UNKNOWN_ROLE;
        return;
    }
    tillbell_view *view = &result->value.view;
    *view = nothing;
    view->role = role;
    view->event = sensitive->event;
    view->card.last4 = sensitive->card.last4;
    view->card.brand = sensitive->card.brand;
    view->card.issuer = sensitive->card.issuer;
    view->merchant_name = shown(sensitive->merchant.name);
    view->merchant_city = shown(sensitive->merchant.city);
    view->merchant_country = shown(sensitive->merchant.country);
    view->rrn = shown(sensitive->rrn);
    view->stan = shown(sensitive->stan);
    /* Who paid is no business of the merchant's, nor what it cost them, nor where they are. */
    if (is_cardholder) {
        view->fee = sensitive->fee;
        view->local_time = sensitive->cardholder_time;
    } else {
        view->event.billing.has = false;
    }
}

/* Makes all views of a decision, in the order in which they are asked for. */
tillbell_mask_result *tillbell_mask(const tillbell_mask_call *call) {
    static tillbell_mask_result result;
    tillbell_views *views = &result.value.views;
    result.is_error = false;
    views->length = call->requests.length;
    views->items = tillbell_allocate(views->length * sizeof *views->items);
    for (size_t at = 0; at < views->length; at++)
        mask(&views->items[at], call->requests.items[at].role, &call->sensitive);
    if (call->sensitive.merchant.name.length == 0)
        tillbell_log(TILLBELL_INFO, TILLBELL_TEXT("a transaction without a merchant's name"));
    return &result;
}
