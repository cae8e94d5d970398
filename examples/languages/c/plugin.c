/* The renderer of lantern: what a cardholder is told of a debit and of one that was taken
 * back, in English and in Chinese. */
#include "tillbell.h"

TILLBELL_RENDERER

#define TEXT_BYTES_MAX 1024
#define SENDER_BYTES_MAX 128

/* What `configure` left: it is baked, and every message begins with it. */
static char signature[SENDER_BYTES_MAX];
static char hotline[SENDER_BYTES_MAX];
static tillbell_writer signature_text = { signature, 0, sizeof signature, false };
static tillbell_writer hotline_text = { hotline, 0, sizeof hotline, false };

static tillbell_string written(const tillbell_writer *writer) {
    return (tillbell_string){ writer->data, writer->length };
}

#define TEMPLATE(name) { TILLBELL_TEXT("template"), TILLBELL_TEXT(name), TILLBELL_TEXT("plugin.c"), 0, { NULL, 0 } }

/* Of those who send, the first signs what no other does: a bank of one signature has it alone. */
tillbell_configure_result *tillbell_configure(
    const tillbell_configuration_file *files, size_t count, const tillbell_bundle *about) {
    /* What there is, for `tillbell inspect` and `tillbell test --coverage`. */
    static tillbell_configured templates[] = {
        TEMPLATE("debit.cardholder.en"),
        TEMPLATE("debit.cardholder.zh-CN"),
        TEMPLATE("reversal.cardholder.en"),
        TEMPLATE("reversal.cardholder.zh-CN"),
    };
    static tillbell_configure_result result;
    (void)files;
    (void)count;
    if (about->senders.length == 0) {
        result.is_error = true;
        result.value.error.kind = TILLBELL_MISSING;
        result.value.error.value.missing = TILLBELL_TEXT("sender");
        return &result;
    }
    const tillbell_sender *sender = &about->senders.items[0];
    tillbell_string bracket = TILLBELL_TEXT("】"), end = sender->signature;
    if (end.length > bracket.length) {
        end.data += end.length - bracket.length;
        end.length = bracket.length;
    }
    signature_text.length = hotline_text.length = 0;
    tillbell_write(&signature_text, sender->signature);
    if (!tillbell_equal(end, bracket)) tillbell_write(&signature_text, TILLBELL_TEXT(" "));
    tillbell_write(&hotline_text, sender->hotline);
    TILLBELL_ASSERT(!signature_text.full && !hotline_text.full);
    result.is_error = false;
    result.value.configured.items = templates;
    result.value.configured.length = sizeof templates / sizeof *templates;
    tillbell_keep();
    return &result;
}

static bool is_same_money(const tillbell_money *one, const tillbell_money *other) {
    return one->minor_units == other->minor_units && one->exponent == other->exponent &&
           tillbell_equal(one->currency, other->currency);
}

/* `KWD 12.500`; in Chinese `128.50元` for yuan. */
static void write_money(tillbell_writer *text, const tillbell_money *money, bool is_chinese) {
    uint64_t units = money->minor_units < 0 ? 0 - (uint64_t)money->minor_units
                                            : (uint64_t)money->minor_units;
    uint64_t power = 1;
    int exponent = money->exponent > 4 ? 4 : money->exponent;
    for (int at = 0; at < exponent; at++) power *= 10;
    bool is_yuan = is_chinese && tillbell_equal(money->currency, TILLBELL_TEXT("CNY"));
    if (!is_yuan) {
        tillbell_write(text, money->currency);
        tillbell_write(text, TILLBELL_TEXT(" "));
    }
    if (money->minor_units < 0) tillbell_write(text, TILLBELL_TEXT("-"));
    tillbell_write_number(text, units / power, 1);
    if (exponent > 0) {
        tillbell_write(text, TILLBELL_TEXT("."));
        tillbell_write_number(text, units % power, exponent);
    }
    if (is_yuan) tillbell_write(text, TILLBELL_TEXT("元"));
}

static int64_t floor_divide(int64_t number, int64_t by) {
    return number / by - (number % by < 0);
}

/* `20 Nov 09:30:00`, or `11月20日09:30:00`, on the merchant's wall clock. With seconds:
 * gateways drop a text that is the same as the last one. Years are counted from a first of
 * March. */
static void write_moment(tillbell_writer *text, tillbell_time time, bool is_chinese) {
    static const tillbell_string months[] = {
        TILLBELL_TEXT(" Jan "), TILLBELL_TEXT(" Feb "), TILLBELL_TEXT(" Mar "),
        TILLBELL_TEXT(" Apr "), TILLBELL_TEXT(" May "), TILLBELL_TEXT(" Jun "),
        TILLBELL_TEXT(" Jul "), TILLBELL_TEXT(" Aug "), TILLBELL_TEXT(" Sep "),
        TILLBELL_TEXT(" Oct "), TILLBELL_TEXT(" Nov "), TILLBELL_TEXT(" Dec "),
    };
    int64_t local = time.unix_seconds + time.utc_offset_minutes * 60;
    int64_t days = floor_divide(local, 86400);
    uint64_t seconds = (uint64_t)(local - days * 86400);
    int64_t era = floor_divide(days + 719468, 146097);
    uint64_t of_era = (uint64_t)(days + 719468 - era * 146097);
    uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint64_t march = (5 * of_year + 2) / 153;
    uint64_t month = (march + 2) % 12, day = of_year - (153 * march + 2) / 5 + 1;
    if (is_chinese) {
        tillbell_write_number(text, month + 1, 1);
        tillbell_write(text, TILLBELL_TEXT("月"));
        tillbell_write_number(text, day, 1);
        tillbell_write(text, TILLBELL_TEXT("日"));
    } else {
        tillbell_write_number(text, day, 1);
        tillbell_write(text, months[month]);
    }
    tillbell_write_number(text, seconds / 3600, 2);
    tillbell_write(text, TILLBELL_TEXT(":"));
    tillbell_write_number(text, seconds / 60 % 60, 2);
    tillbell_write(text, TILLBELL_TEXT(":"));
    tillbell_write_number(text, seconds % 60, 2);
}

static tillbell_string what(tillbell_string kind, bool is_chinese) {
    if (tillbell_equal(kind, TILLBELL_TEXT("cash-withdrawal")))
        return is_chinese ? TILLBELL_TEXT("取现") : TILLBELL_TEXT("Cash withdrawal");
    if (tillbell_equal(kind, TILLBELL_TEXT("transfer")))
        return is_chinese ? TILLBELL_TEXT("转账") : TILLBELL_TEXT("Transfer");
    if (is_chinese) return TILLBELL_TEXT("消费");
    return tillbell_equal(kind, TILLBELL_TEXT("payment")) ? TILLBELL_TEXT("Payment")
                                                          : TILLBELL_TEXT("Purchase");
}

static void write_chinese(tillbell_writer *text, const tillbell_view *view, bool is_reversal) {
    const tillbell_event *event = &view->event;
    tillbell_write(text, TILLBELL_TEXT("您尾号"));
    tillbell_write_number(text, view->card.last4, 4);
    tillbell_write(text, TILLBELL_TEXT("的卡"));
    write_moment(text, event->time, true);
    if (view->merchant_name.has) {
        tillbell_write(text, TILLBELL_TEXT("在"));
        tillbell_write(text, view->merchant_name.value);
    }
    tillbell_write(text, is_reversal ? TILLBELL_TEXT("的交易撤销，退回") : what(event->kind, true));
    write_money(text, &event->amount, true);
    if (is_reversal && event->original_amount.has &&
        !is_same_money(&event->original_amount.value, &event->amount)) {
        tillbell_write(text, TILLBELL_TEXT("（原"));
        write_money(text, &event->original_amount.value, true);
        tillbell_write(text, TILLBELL_TEXT("）"));
    }
    tillbell_write(text, TILLBELL_TEXT("。如有疑问请致电"));
    tillbell_write(text, written(&hotline_text));
    tillbell_write(text, TILLBELL_TEXT("。"));
}

static void write_english(tillbell_writer *text, const tillbell_view *view, bool is_reversal) {
    const tillbell_event *event = &view->event;
    if (!is_reversal) {
        tillbell_write(text, what(event->kind, false));
        tillbell_write(text, TILLBELL_TEXT(" "));
    }
    write_money(text, &event->amount, false);
    if (is_reversal && event->original_amount.has &&
        !is_same_money(&event->original_amount.value, &event->amount)) {
        tillbell_write(text, TILLBELL_TEXT(" of "));
        write_money(text, &event->original_amount.value, false);
    }
    if (view->merchant_name.has) {
        tillbell_write(text, TILLBELL_TEXT(" at "));
        tillbell_write(text, view->merchant_name.value);
    }
    tillbell_write(text, TILLBELL_TEXT(" on "));
    write_moment(text, event->time, false);
    tillbell_write(text, is_reversal ? TILLBELL_TEXT(" was returned to card ")
                                     : TILLBELL_TEXT(", card "));
    tillbell_write_number(text, view->card.last4, 4);
    tillbell_write(text, is_reversal ? TILLBELL_TEXT(". Questions? Call ")
                                     : TILLBELL_TEXT(". Not you? Call "));
    tillbell_write(text, written(&hotline_text));
    tillbell_write(text, TILLBELL_TEXT("."));
}

/* Makes one text. The host's guard reads it too: a number that the view does not account for
 * never leaves. */
tillbell_render_result *tillbell_render(const tillbell_render_call *call) {
    static tillbell_render_result result;
    bool is_reversal = tillbell_equal(call->template_name, TILLBELL_TEXT("reversal"));
    bool is_chinese = tillbell_starts_with(call->locale, TILLBELL_TEXT("zh"));
    if (!is_reversal && !tillbell_equal(call->template_name, TILLBELL_TEXT("debit"))) {
        result.is_error = true;
        result.value.error.kind = TILLBELL_UNKNOWN_TEMPLATE;
        result.value.error.value.unknown_template = call->template_name;
        return &result;
    }
    if (call->view.event.amount.exponent > 4)
        tillbell_log(TILLBELL_WARN,
                     TILLBELL_TEXT("an amount has more decimals than any currency"));
    tillbell_writer text = { tillbell_allocate(TEXT_BYTES_MAX), 0, TEXT_BYTES_MAX, false };
    tillbell_write(&text, written(&signature_text));
    (is_chinese ? write_chinese : write_english)(&text, &call->view, is_reversal);
    result.is_error = text.full;
    if (text.full) {
        result.value.error.kind = TILLBELL_TEMPLATE_FAILED;
        result.value.error.value.template_failed = (tillbell_diagnostic){
            TILLBELL_TEXT("plugin.c"), __LINE__, TILLBELL_TEXT("the text is too long") };
    } else {
        result.value.text = written(&text);
    }
    return &result;
}
