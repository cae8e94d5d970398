/* Memory, texts and panics of a plugin; natively, what stands in for the host. */
#include "tillbell.h"

bool tillbell_equal(tillbell_string one, tillbell_string other) {
    return one.length == other.length && tillbell_starts_with(one, other);
}

bool tillbell_starts_with(tillbell_string text, tillbell_string beginning) {
    if (text.length < beginning.length) return false;
    for (size_t at = 0; at < beginning.length; at++)
        if (text.data[at] != beginning.data[at]) return false;
    return true;
}

void tillbell_log(int32_t level, tillbell_string message) {
    tillbell_log_bytes(level, message.data, message.length);
}

void tillbell_write(tillbell_writer *writer, tillbell_string text) {
    for (size_t at = 0; at < text.length; at++) {
        if (writer->length == writer->capacity) {
            writer->full = true;
            return;
        }
        writer->data[writer->length++] = text.data[at];
    }
}

void tillbell_write_number(tillbell_writer *writer, uint64_t number, int digits) {
    char written[20];
    size_t at = sizeof written;
    do {
        written[--at] = (char)('0' + number % 10);
        number /= 10;
        digits--;
    } while (at > 0 && (number > 0 || digits > 0));
    tillbell_write(writer, (tillbell_string){ written + at, sizeof written - at });
}

static tillbell_string of_zero_ended(const char *text) {
    tillbell_string string = { text, 0 };
    while (text[string.length] != 0) string.length++;
    return string;
}

_Noreturn void tillbell_panic(const char *file, int line) {
    char memory[256];
    tillbell_writer writer = { memory, 0, sizeof memory, false };
    tillbell_write(&writer, TILLBELL_TEXT("panicked at "));
    tillbell_write(&writer, of_zero_ended(file));
    tillbell_write(&writer, TILLBELL_TEXT(":"));
    tillbell_write_number(&writer, (uint64_t)line, 1);
    tillbell_log(TILLBELL_ERROR, (tillbell_string){ memory, writer.length });
    __builtin_trap();
}

#ifdef __wasm__

/* Memory is taken piece by piece and given back all at once, when a call has ended: an
 * instance lives for one transaction. */
#define PAGE_BYTES 65536
#define ALIGNMENT 8
extern char __heap_base;
static char *next;
static char *kept;

static void *take(size_t size, size_t alignment) {
    if (next == NULL) next = kept = &__heap_base;
    uintptr_t start = ((uintptr_t)next + alignment - 1) & ~(uintptr_t)(alignment - 1);
    size_t end = __builtin_wasm_memory_size(0) * PAGE_BYTES;
    if (size > UINT32_MAX - start) TILLBELL_PANIC();
    if (start + size > end) {
        size_t pages = (start + size - end + PAGE_BYTES - 1) / PAGE_BYTES;
        if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) TILLBELL_PANIC();
    }
    next = (char *)(start + size);
    return (void *)start;
}

void *tillbell_allocate(size_t size) {
    return take(size, ALIGNMENT);
}

void tillbell_keep(void) {
    kept = next;
}

/* The host takes memory for what it hands over; it makes nothing larger. */
TILLBELL_EXPORT("cabi_realloc")
void *tillbell_realloc(void *old, size_t old_size, size_t alignment, size_t size) {
    TILLBELL_ASSERT(old == NULL && old_size == 0);
    return take(size, alignment);
}

void tillbell_give_back(void *result) {
    (void)result;
    next = kept;
}

/* The host hands over a bundle's parts one by one: a call of up to 16 values is flat. */
TILLBELL_EXPORT("configure")
tillbell_configure_result *tillbell_configure_parts(
    const tillbell_configuration_file *files, size_t count, tillbell_string *roles,
    size_t role_count, tillbell_string *channels, size_t channel_count,
    tillbell_string *counters, size_t counter_count, tillbell_sender *senders,
    size_t sender_count) {
    tillbell_bundle about = {
        { roles, role_count },
        { channels, channel_count },
        { counters, counter_count },
        { senders, sender_count },
    };
    return tillbell_configure(files, count, &about);
}

/* What the compiler calls where it copies a structure; without the attribute it would make
 * calls of themselves of these. */
#define NO_BUILTIN __attribute__((no_builtin))
NO_BUILTIN void *memcpy(void *to, const void *from, size_t size) {
    for (size_t at = 0; at < size; at++) ((char *)to)[at] = ((const char *)from)[at];
    return to;
}

NO_BUILTIN void *memset(void *to, int byte, size_t size) {
    for (size_t at = 0; at < size; at++) ((char *)to)[at] = (char)byte;
    return to;
}

#else

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTERS_MAX 8
char tillbell_last_line[256];
static struct {
    bool granted;
    uint32_t tally;
    int64_t sum, since;
} counters[COUNTERS_MAX];

void tillbell_log_bytes(int32_t level, const char *message, size_t length) {
    static const char *const levels[] = { "debug", "info", "warn", "error" };
    snprintf(tillbell_last_line, sizeof tillbell_last_line, "%s: %.*s", levels[level & 3],
             (int)length, message);
}

void tillbell_fill(int32_t counter, uint32_t tally, int64_t sum, int64_t since) {
    TILLBELL_ASSERT(counter >= 0 && counter < COUNTERS_MAX);
    counters[counter].granted = true;
    counters[counter].tally = tally;
    counters[counter].sum = sum;
    counters[counter].since = since;
}

static bool granted(int32_t counter) {
    return counter >= 0 && counter < COUNTERS_MAX && counters[counter].granted;
}

int32_t tillbell_count(int32_t counter) {
    if (!granted(counter)) return TILLBELL_NOT_GRANTED;
    counters[counter].tally++;
    return TILLBELL_GRANTED;
}

int32_t tillbell_clear(int32_t counter) {
    if (!granted(counter)) return TILLBELL_NOT_GRANTED;
    tillbell_fill(counter, 0, 0, 0);
    return TILLBELL_GRANTED;
}

uint32_t tillbell_tally(int32_t counter) {
    return granted(counter) ? counters[counter].tally : 0;
}

int64_t tillbell_sum(int32_t counter) {
    return granted(counter) ? counters[counter].sum : 0;
}

int64_t tillbell_since(int32_t counter) {
    return granted(counter) ? counters[counter].since : 0;
}

/* A test's memory is never given back. */
void *tillbell_allocate(size_t size) {
    void *memory = calloc(1, size);
    TILLBELL_ASSERT(memory != NULL);
    return memory;
}

void tillbell_keep(void) {}

void tillbell_give_back(void *result) {
    (void)result;
}

#endif
