/* The masker of lantern: what a party may read of a transaction. What is not shown here stays
 * in the host: names, telephones, numbers of accounts and identities. */
#include "tillbell.h"

TILLBELL_MASKER

#define PROFILE(name) { TILLBELL_TEXT("profile"), TILLBELL_TEXT(name), TILLBELL_TEXT("plugin.c"), 0, { NULL, 0 } }

/* The bundle's files come here, where the manifest names some; see [masker] in tillbell.toml. */
tillbell_configure_result *tillbell_configure(
    const tillbell_configuration_file *files, size_t count) {
    /* What there is, for `tillbell inspect` and `tillbell test --coverage`. */
    static tillbell_configured profiles[] = { PROFILE("cardholder"), PROFILE("merchant") };
    static tillbell_configure_result result;
    (void)files;
    (void)count;
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

tillbell_mask_result *tillbell_mask(const tillbell_mask_call *call) {
    static const tillbell_view nothing;
    static tillbell_mask_result result;
    const tillbell_sensitive *sensitive = &call->sensitive;
    tillbell_view *view = &result.value.view;
    result.is_error = false;
    *view = nothing;
    view->party = call->party;
    view->event = sensitive->event;
    view->card.last4 = sensitive->card.last4;
    view->card.brand = sensitive->card.brand;
    view->card.issuer = sensitive->card.issuer;
    view->merchant_name = shown(sensitive->merchant.name);
    view->merchant_city = shown(sensitive->merchant.city);
    view->merchant_country = shown(sensitive->merchant.country);
    view->rrn = shown(sensitive->rrn);
    view->stan = shown(sensitive->stan);
    /* Who paid is no business of the merchant's, nor what it cost. */
    if (call->party == TILLBELL_CARDHOLDER) view->fee = sensitive->fee;
    if (sensitive->merchant.name.length == 0)
        tillbell_log(TILLBELL_INFO, TILLBELL_TEXT("a transaction without a merchant's name"));
    return &result;
}
