/* tillbell:plugin 0.2.0 in C: what the host and a plugin say to each other.
 *
 * The structures are those of the component model, field by field; what each field means is
 * written in wit/. A text is not ended by a zero: it has a length. What the host hands over is
 * the call's own and gone when the call has ended, but for what tillbell_keep keeps. What a
 * function returns must live until then: a static structure does.
 *
 * Define tillbell_configure and the function of one role: tillbell_route, tillbell_mask or
 * tillbell_render. A role is a text: "cardholder" or "merchant". */
#ifndef TILLBELL_H
#define TILLBELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define TILLBELL_EXPORT(name) __attribute__((export_name(name)))
#define TILLBELL_IMPORT(module, name) \
    __attribute__((import_module(module), import_name(name)))
#else
#define TILLBELL_EXPORT(name)
#define TILLBELL_IMPORT(module, name)
#endif

/* An option: `has` says whether there is a value. */
#define TILLBELL_OPTION(name, type) \
    typedef struct { bool has; type value; } name
/* A list of so many. */
#define TILLBELL_LIST(name, type) \
    typedef struct { type *items; size_t length; } name

typedef struct {
    const char *data;
    size_t length;
} tillbell_string;

typedef struct {
    int64_t minor_units;
    tillbell_string currency;
    uint8_t exponent;
} tillbell_money;

typedef struct {
    int64_t unix_seconds;
    int16_t utc_offset_minutes;
} tillbell_time;

TILLBELL_OPTION(tillbell_option_string, tillbell_string);
TILLBELL_OPTION(tillbell_option_money, tillbell_money);
TILLBELL_OPTION(tillbell_option_time, tillbell_time);
TILLBELL_OPTION(tillbell_option_u32, uint32_t);
TILLBELL_OPTION(tillbell_option_s16, int16_t);
TILLBELL_LIST(tillbell_strings, tillbell_string);

typedef struct {
    uint32_t digits;
    uint8_t decimals;
} tillbell_rate;

TILLBELL_OPTION(tillbell_option_rate, tillbell_rate);

typedef struct {
    tillbell_money amount;
    tillbell_option_rate rate;
} tillbell_billing;

TILLBELL_OPTION(tillbell_option_billing, tillbell_billing);

enum { TILLBELL_DEBIT, TILLBELL_CREDIT, TILLBELL_NO_DIRECTION };
typedef uint8_t tillbell_direction;

enum { TILLBELL_APPROVED, TILLBELL_PARTIALLY_APPROVED, TILLBELL_DECLINED };
typedef uint8_t tillbell_approval;

typedef struct {
    tillbell_string kind;
    tillbell_option_string original_kind;
    tillbell_approval approval;
    tillbell_direction direction;
    tillbell_money amount;
    tillbell_option_money original_amount;
    tillbell_option_billing billing;
    tillbell_option_money cashback;
    tillbell_string category;
    tillbell_string entry_mode;
    tillbell_time time;
    uint32_t age_seconds;
} tillbell_event;

typedef struct {
    uint16_t start_minute;
    uint16_t end_minute;
} tillbell_quiet_hours;

TILLBELL_OPTION(tillbell_option_quiet_hours, tillbell_quiet_hours);

typedef struct {
    tillbell_option_string locale;
    tillbell_strings channels;
    tillbell_option_money threshold;
    tillbell_option_quiet_hours quiet_hours;
    tillbell_option_s16 utc_offset_minutes;
} tillbell_preferences;

typedef struct {
    tillbell_event event;
    uint32_t bin;
    tillbell_string brand;
    tillbell_option_string card_token;
    tillbell_string merchant_id;
    tillbell_string terminal_id;
    tillbell_string country;
    tillbell_preferences cardholder;
    tillbell_preferences merchant;
} tillbell_facts;

typedef struct {
    uint32_t bin;
    uint16_t last4;
    tillbell_string brand;
    tillbell_string issuer;
} tillbell_card;

typedef struct {
    tillbell_option_string name;
    tillbell_option_string phone;
    tillbell_option_string email;
    tillbell_option_string id_number;
    tillbell_option_string account;
} tillbell_person;

typedef struct {
    tillbell_string name;
    tillbell_string city;
    tillbell_string country;
    tillbell_option_string address;
    tillbell_option_string phone;
    tillbell_string merchant_id;
    tillbell_string terminal_id;
} tillbell_establishment;

typedef struct {
    tillbell_event event;
    tillbell_option_money fee;
    tillbell_option_money balance;
    tillbell_card card;
    tillbell_person cardholder;
    tillbell_establishment merchant;
    tillbell_option_time cardholder_time;
    tillbell_option_string counterparty;
    tillbell_string rrn;
    tillbell_string stan;
    tillbell_string authorisation_code;
} tillbell_sensitive;

typedef struct {
    tillbell_option_u32 bin;
    uint16_t last4;
    tillbell_string brand;
    tillbell_string issuer;
} tillbell_shown_card;

typedef struct {
    tillbell_string role;
    tillbell_event event;
    tillbell_option_money fee;
    tillbell_option_money balance;
    tillbell_option_time local_time;
    tillbell_shown_card card;
    tillbell_option_string cardholder_name;
    tillbell_option_string cardholder_phone;
    tillbell_option_string cardholder_email;
    tillbell_option_string cardholder_id_number;
    tillbell_option_string cardholder_account;
    tillbell_option_string merchant_name;
    tillbell_option_string merchant_city;
    tillbell_option_string merchant_country;
    tillbell_option_string merchant_address;
    tillbell_option_string merchant_phone;
    tillbell_option_string merchant_id;
    tillbell_option_string terminal_id;
    tillbell_option_string counterparty;
    tillbell_option_string rrn;
    tillbell_option_string stan;
    tillbell_option_string authorisation_code;
} tillbell_view;

/* --- configure: once, when the bundle is baked --- */

typedef struct {
    tillbell_string path;
    tillbell_string contents;
} tillbell_configuration_file;

typedef struct {
    tillbell_string file;
    uint32_t line;
    tillbell_string detail;
} tillbell_diagnostic;

typedef struct {
    tillbell_string sort;
    tillbell_string name;
    tillbell_string file;
    uint32_t line;
    tillbell_strings samples;
} tillbell_configured;

typedef struct {
    tillbell_string locale;
    tillbell_string signature;
    tillbell_string hotline;
} tillbell_sender;

TILLBELL_LIST(tillbell_senders, tillbell_sender);

typedef struct {
    tillbell_strings roles;
    tillbell_strings channels;
    tillbell_strings counters;
    tillbell_senders senders;
} tillbell_bundle;

TILLBELL_LIST(tillbell_configured_list, tillbell_configured);

enum { TILLBELL_INVALID, TILLBELL_MISSING };
typedef struct {
    uint8_t kind;
    union {
        tillbell_diagnostic invalid;
        tillbell_string missing;
    } value;
} tillbell_configure_error;

typedef struct {
    bool is_error;
    union {
        tillbell_configured_list configured;
        tillbell_configure_error error;
    } value;
} tillbell_configure_result;

/* tillbell.c exports it, and puts the bundle together, of which the host hands over the parts. */
tillbell_configure_result *tillbell_configure(
    const tillbell_configuration_file *files, size_t count, const tillbell_bundle *about);

/* --- a renderer --- */

typedef struct {
    tillbell_string template_name;
    tillbell_string locale;
    tillbell_view view;
} tillbell_render_call;

enum {
    TILLBELL_UNKNOWN_TEMPLATE,
    TILLBELL_UNKNOWN_LOCALE,
    TILLBELL_TEMPLATE_FAILED,
    TILLBELL_RENDERER_NOT_CONFIGURED
};
typedef struct {
    uint8_t kind;
    union {
        tillbell_string unknown_template;
        tillbell_string unknown_locale;
        tillbell_diagnostic template_failed;
    } value;
} tillbell_rendering_error;

typedef struct {
    bool is_error;
    union {
        tillbell_string text;
        tillbell_rendering_error error;
    } value;
} tillbell_render_result;

TILLBELL_EXPORT("tillbell:plugin/rendering@0.2.0#render")
tillbell_render_result *tillbell_render(const tillbell_render_call *call);

/* --- a masker --- */

typedef struct {
    tillbell_string role;
} tillbell_request;

TILLBELL_LIST(tillbell_requests, tillbell_request);

typedef struct {
    tillbell_sensitive sensitive;
    tillbell_requests requests;
} tillbell_mask_call;

enum { TILLBELL_PROFILE_FAILED, TILLBELL_UNKNOWN_ROLE };
typedef struct {
    uint8_t kind;
    union {
        tillbell_string profile_failed;
    } value;
} tillbell_view_error;

typedef struct {
    bool is_error;
    union {
        tillbell_view view;
        tillbell_view_error error;
    } value;
} tillbell_view_result;

TILLBELL_LIST(tillbell_views, tillbell_view_result);

enum { TILLBELL_MASKER_NOT_CONFIGURED };
typedef uint8_t tillbell_privacy_error;

/* As many views as there are requests, in their order. */
typedef struct {
    bool is_error;
    union {
        tillbell_views views;
        tillbell_privacy_error error;
    } value;
} tillbell_mask_result;

TILLBELL_EXPORT("tillbell:plugin/privacy@0.2.0#mask")
tillbell_mask_result *tillbell_mask(const tillbell_mask_call *call);

/* --- a router --- */

typedef struct {
    tillbell_facts facts;
    tillbell_time now;
} tillbell_route_call;

typedef struct {
    tillbell_string role;
    tillbell_string channel;
    tillbell_string template_name;
    tillbell_string locale;
    uint8_t priority;
    tillbell_option_time not_before;
    tillbell_option_time expires_at;
} tillbell_delivery;

TILLBELL_LIST(tillbell_deliveries, tillbell_delivery);

enum { TILLBELL_NOTIFY, TILLBELL_SUPPRESS, TILLBELL_DEFER };
typedef struct {
    uint8_t kind;
    union {
        tillbell_deliveries notify;
        tillbell_time defer;
    } value;
} tillbell_outcome;

typedef struct {
    tillbell_outcome outcome;
    tillbell_string reason;
    tillbell_string rule;
} tillbell_decision;

typedef struct {
    tillbell_string rule;
    tillbell_string detail;
} tillbell_rule_failure;

enum { TILLBELL_RULE_FAILED, TILLBELL_ROUTER_NOT_CONFIGURED };
typedef struct {
    uint8_t kind;
    union {
        tillbell_rule_failure rule_failed;
    } value;
} tillbell_routing_error;

typedef struct {
    bool is_error;
    union {
        tillbell_decision decision;
        tillbell_routing_error error;
    } value;
} tillbell_route_result;

TILLBELL_EXPORT("tillbell:plugin/routing@0.2.0#route")
tillbell_route_result *tillbell_route(const tillbell_route_call *call);

/* --- what the host does for a plugin; natively tillbell.c stands in for it --- */

enum { TILLBELL_DEBUG, TILLBELL_INFO, TILLBELL_WARN, TILLBELL_ERROR };

/* Notes a line for whoever operates the host. */
TILLBELL_IMPORT("tillbell:plugin/log@0.2.0", "log")
void tillbell_log_bytes(int32_t level, const char *message, size_t length);

/* Counters, by their number in the manifest. A renderer and a router have them. */
enum {
    TILLBELL_GRANTED,
    TILLBELL_NOT_GRANTED,
    TILLBELL_NO_CARD,
    TILLBELL_UNAVAILABLE
};
TILLBELL_IMPORT("tillbell:plugin/counters@0.2.0", "count")
int32_t tillbell_count(int32_t counter);
TILLBELL_IMPORT("tillbell:plugin/counters@0.2.0", "tally")
uint32_t tillbell_tally(int32_t counter);
TILLBELL_IMPORT("tillbell:plugin/counters@0.2.0", "sum")
int64_t tillbell_sum(int32_t counter);
TILLBELL_IMPORT("tillbell:plugin/counters@0.2.0", "since")
int64_t tillbell_since(int32_t counter);
TILLBELL_IMPORT("tillbell:plugin/counters@0.2.0", "clear")
int32_t tillbell_clear(int32_t counter);

#ifndef __wasm__
/* The last line that was logged, for tests. */
extern char tillbell_last_line[256];
/* Grants a counter, with what it holds, to tests. */
void tillbell_fill(int32_t counter, uint32_t tally, int64_t sum, int64_t since);
#endif

/* --- helpers of tillbell.c --- */

/* A text of a literal. */
#define TILLBELL_TEXT(literal) ((tillbell_string){ (literal), sizeof(literal) - 1 })

bool tillbell_equal(tillbell_string one, tillbell_string other);
bool tillbell_starts_with(tillbell_string text, tillbell_string beginning);
void tillbell_log(int32_t level, tillbell_string message);

/* Memory of this call, or of the configuration until tillbell_keep. */
void *tillbell_allocate(size_t size);
/* Keeps all memory that there is: the last step of a configure. */
void tillbell_keep(void);

/* Gives back all memory that is not kept. */
void tillbell_give_back(void *result);

/* Stands once in a plugin, as TILLBELL_RENDERER, TILLBELL_MASKER or TILLBELL_ROUTER: the host
 * has read what a call returned. */
#define TILLBELL_RETURNED(name) \
    TILLBELL_EXPORT("cabi_post_tillbell:plugin/" name) \
    void tillbell_returned(void *result); \
    void tillbell_returned(void *result) { tillbell_give_back(result); }
#define TILLBELL_RENDERER TILLBELL_RETURNED("rendering@0.2.0#render")
#define TILLBELL_MASKER TILLBELL_RETURNED("privacy@0.2.0#mask")
#define TILLBELL_ROUTER TILLBELL_RETURNED("routing@0.2.0#route")

/* Logs file and line, and ends the call: what is left of a plugin that must not go on. */
_Noreturn void tillbell_panic(const char *file, int line);
#define TILLBELL_PANIC() tillbell_panic(__FILE__, __LINE__)
#define TILLBELL_ASSERT(holds) ((holds) ? (void)0 : TILLBELL_PANIC())

/* Writes a text into memory that it is given; what does not fit is left out, and `full` says
 * so. */
typedef struct {
    char *data;
    size_t length;
    size_t capacity;
    bool full;
} tillbell_writer;

void tillbell_write(tillbell_writer *writer, tillbell_string text);
/* With zeros before it up to so many digits. */
void tillbell_write_number(tillbell_writer *writer, uint64_t number, int digits);

#endif
