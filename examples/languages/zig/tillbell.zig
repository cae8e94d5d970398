//! tillbell:plugin 0.2.0 in Zig: what the host and a plugin say to each other.
//!
//! The structures are those of the component model, field by field; what each field means is
//! written in wit/. What the host hands over is the call's own and gone when the call has
//! ended, but for what `keep` keeps. What a function returns must live until then: a global
//! does.

const std = @import("std");
const builtin = @import("builtin");
const is_wasm = builtin.target.cpu.arch.isWasm();

pub const String = extern struct {
    data: [*]const u8,
    length: usize,

    pub fn of(text: []const u8) String {
        return .{ .data = text.ptr, .length = text.len };
    }

    pub fn slice(own: String) []const u8 {
        return own.data[0..own.length];
    }

    pub fn is(own: String, text: []const u8) bool {
        return std.mem.eql(u8, own.slice(), text);
    }
};

/// An option of the interface: `has` says whether there is a value.
pub fn Option(comptime T: type) type {
    return extern struct {
        has: bool,
        value: T,

        pub const none: @This() = .{ .has = false, .value = undefined };

        pub fn some(value: T) @This() {
            return .{ .has = true, .value = value };
        }

        pub fn get(own: @This()) ?T {
            return if (own.has) own.value else null;
        }
    };
}

/// A list of so many.
pub fn List(comptime T: type) type {
    return extern struct {
        items: [*]const T,
        length: usize,

        pub fn of(items: []const T) @This() {
            return .{ .items = items.ptr, .length = items.len };
        }

        pub fn slice(own: @This()) []const T {
            return own.items[0..own.length];
        }
    };
}

pub const Money = extern struct { minor_units: i64, currency: String, exponent: u8 };
pub const Time = extern struct { unix_seconds: i64, utc_offset_minutes: i16 };
pub const Rate = extern struct { digits: u32, decimals: u8 };
pub const Billing = extern struct { amount: Money, rate: Option(Rate) };
pub const Direction = enum(u8) { debit, credit, none };
pub const Approval = enum(u8) { approved, partially_approved, declined };

pub const Event = extern struct {
    kind: String,
    original_kind: Option(String),
    approval: Approval,
    direction: Direction,
    amount: Money,
    original_amount: Option(Money),
    billing: Option(Billing),
    cashback: Option(Money),
    category: String,
    entry_mode: String,
    time: Time,
    age_seconds: u32,
};

pub const QuietHours = extern struct { start_minute: u16, end_minute: u16 };

pub const Preferences = extern struct {
    locale: Option(String),
    channels: List(String),
    threshold: Option(Money),
    quiet_hours: Option(QuietHours),
    utc_offset_minutes: Option(i16),
};

pub const Facts = extern struct {
    event: Event,
    bin: u32,
    brand: String,
    card_token: Option(String),
    merchant_id: String,
    terminal_id: String,
    country: String,
    cardholder: Preferences,
    merchant: Preferences,
};

pub const Card = extern struct { bin: u32, last4: u16, brand: String, issuer: String };

pub const Person = extern struct {
    name: Option(String),
    phone: Option(String),
    email: Option(String),
    id_number: Option(String),
    account: Option(String),
};

pub const Establishment = extern struct {
    name: String,
    city: String,
    country: String,
    address: Option(String),
    phone: Option(String),
    merchant_id: String,
    terminal_id: String,
};

pub const Sensitive = extern struct {
    event: Event,
    fee: Option(Money),
    balance: Option(Money),
    card: Card,
    cardholder: Person,
    merchant: Establishment,
    cardholder_time: Option(Time),
    counterparty: Option(String),
    rrn: String,
    stan: String,
    authorisation_code: String,
};

pub const ShownCard = extern struct {
    bin: Option(u32),
    last4: u16,
    brand: String,
    issuer: String,
};

pub const View = extern struct {
    role: String,
    event: Event,
    fee: Option(Money) = .none,
    balance: Option(Money) = .none,
    local_time: Option(Time) = .none,
    card: ShownCard,
    cardholder_name: Option(String) = .none,
    cardholder_phone: Option(String) = .none,
    cardholder_email: Option(String) = .none,
    cardholder_id_number: Option(String) = .none,
    cardholder_account: Option(String) = .none,
    merchant_name: Option(String) = .none,
    merchant_city: Option(String) = .none,
    merchant_country: Option(String) = .none,
    merchant_address: Option(String) = .none,
    merchant_phone: Option(String) = .none,
    merchant_id: Option(String) = .none,
    terminal_id: Option(String) = .none,
    counterparty: Option(String) = .none,
    rrn: Option(String) = .none,
    stan: Option(String) = .none,
    authorisation_code: Option(String) = .none,
};

// --- configure: once, when the bundle is baked ---

pub const ConfigurationFile = extern struct { path: String, contents: String };
pub const Diagnostic = extern struct { file: String, line: u32, detail: String };

pub const Configured = extern struct {
    sort: String,
    name: String,
    file: String,
    line: u32,
    samples: List(String),
};

pub const Sender = extern struct { locale: String, signature: String, hotline: String };

pub const Bundle = extern struct {
    roles: List(String),
    channels: List(String),
    counters: List(String),
    senders: List(Sender),
};

pub const ConfigureError = extern struct {
    kind: enum(u8) { invalid, missing },
    value: extern union { invalid: Diagnostic, missing: String },
};

pub const ConfigureResult = extern struct {
    is_error: bool,
    value: extern union { configured: List(Configured), failure: ConfigureError },
};

// --- a renderer ---

pub const RenderCall = extern struct { template: String, locale: String, view: View };

pub const RenderingError = extern struct {
    kind: enum(u8) { unknown_template, unknown_locale, template_failed, not_configured },
    value: extern union {
        unknown_template: String,
        unknown_locale: String,
        template_failed: Diagnostic,
    },
};

pub const RenderResult = extern struct {
    is_error: bool,
    value: extern union { text: String, failure: RenderingError },
};

// --- a masker ---

pub const Request = extern struct { role: String };
pub const MaskCall = extern struct { sensitive: Sensitive, requests: List(Request) };

pub const ViewError = extern struct {
    kind: enum(u8) { profile_failed, unknown_role },
    value: extern union { profile_failed: String },
};

pub const ViewResult = extern struct {
    is_error: bool,
    value: extern union { view: View, failure: ViewError },
};

pub const PrivacyError = enum(u8) { not_configured };

/// As many views as there are requests, in their order.
pub const MaskResult = extern struct {
    is_error: bool,
    value: extern union { views: List(ViewResult), failure: PrivacyError },
};

// --- a router ---

pub const RouteCall = extern struct { facts: Facts, now: Time };

pub const Delivery = extern struct {
    role: String,
    channel: String,
    template: String,
    locale: String,
    priority: u8,
    not_before: Option(Time),
    expires_at: Option(Time),
};

pub const Outcome = extern struct {
    kind: enum(u8) { notify, suppress, @"defer" },
    value: extern union { notify: List(Delivery), @"defer": Time },
};

pub const Decision = extern struct { outcome: Outcome, reason: String, rule: String };
pub const RuleFailure = extern struct { rule: String, detail: String };

pub const RoutingError = extern struct {
    kind: enum(u8) { rule_failed, not_configured },
    value: extern union { rule_failed: RuleFailure },
};

pub const RouteResult = extern struct {
    is_error: bool,
    value: extern union { decision: Decision, failure: RoutingError },
};

/// Exports a role's function and what the host calls when it has read the result.
pub fn exportAs(comptime interface: []const u8, comptime function: anytype) void {
    if (!is_wasm) return;
    const name = "tillbell:plugin/" ++ interface;
    @export(function, .{ .name = name });
    @export(&giveBack, .{ .name = "cabi_post_" ++ name });
    @export(&reallocate, .{ .name = "cabi_realloc" });
}

/// Exports a plugin's configure. The host hands over a bundle's parts one by one: a call of up
/// to 16 values is flat.
pub fn exportConfigure(
    comptime function: fn ([]const ConfigurationFile, *const Bundle) *ConfigureResult,
) void {
    if (!is_wasm) return;
    const Flat = struct {
        fn configure(
            files: [*]const ConfigurationFile,
            file_count: usize,
            roles: [*]const String,
            role_count: usize,
            channels: [*]const String,
            channel_count: usize,
            names: [*]const String,
            name_count: usize,
            senders: [*]const Sender,
            sender_count: usize,
        ) callconv(.c) *ConfigureResult {
            return function(files[0..file_count], &.{
                .roles = .of(roles[0..role_count]),
                .channels = .of(channels[0..channel_count]),
                .counters = .of(names[0..name_count]),
                .senders = .of(senders[0..sender_count]),
            });
        }
    };
    @export(&Flat.configure, .{ .name = "configure" });
}

// --- what the host does for a plugin; natively something else stands in for it ---

pub const Level = enum(u8) { debug, info, warn, @"error" };

const LogImport = struct {
    extern "tillbell:plugin/log@0.2.0" fn log(level: i32, message: [*]const u8, length: usize) void;
};

/// The last line that was logged, for native tests.
pub var last_line: [256]u8 = undefined;
pub var last_line_length: usize = 0;

/// Notes a line for whoever operates the host.
pub fn log(level: Level, message: []const u8) void {
    if (is_wasm) {
        LogImport.log(@backingInt(level), message.ptr, message.len);
    } else {
        const line = std.fmt.bufPrint(&last_line, "{s}: {s}", .{ @tagName(level), message });
        last_line_length = if (line) |all| all.len else |_| last_line.len;
    }
}

pub const Standing = enum(u8) { granted, not_granted, no_card, unavailable };

const CountersImport = struct {
    extern "tillbell:plugin/counters@0.2.0" fn count(counter: i32) i32;
    extern "tillbell:plugin/counters@0.2.0" fn tally(counter: i32) u32;
    extern "tillbell:plugin/counters@0.2.0" fn sum(counter: i32) i64;
    extern "tillbell:plugin/counters@0.2.0" fn since(counter: i32) i64;
    extern "tillbell:plugin/counters@0.2.0" fn clear(counter: i32) i32;
};

/// What a counter holds in a native test; none is granted that is null.
pub const Counter = struct { tally: u32 = 0, sum: i64 = 0, since: i64 = 0 };
pub var counters: [8]?Counter = @splat(null);

/// The counters that the bundle's manifest names, by number; a router's and a renderer's.
pub fn count(counter: u3) Standing {
    if (is_wasm) return @fromBackingInt(@intCast(CountersImport.count(counter)));
    if (counters[counter]) |*own| own.tally += 1 else return .not_granted;
    return .granted;
}

pub fn tally(counter: u3) u32 {
    if (is_wasm) return CountersImport.tally(counter);
    return (counters[counter] orelse Counter{}).tally;
}

pub fn sum(counter: u3) i64 {
    if (is_wasm) return CountersImport.sum(counter);
    return (counters[counter] orelse Counter{}).sum;
}

pub fn since(counter: u3) i64 {
    if (is_wasm) return CountersImport.since(counter);
    return (counters[counter] orelse Counter{}).since;
}

pub fn clear(counter: u3) Standing {
    if (is_wasm) return @fromBackingInt(@intCast(CountersImport.clear(counter)));
    if (counters[counter]) |*own| own.* = .{} else return .not_granted;
    return .granted;
}

// --- panics ---

/// Logs file and line, and ends the call, unless something holds.
pub fn assert(holds: bool, at: std.builtin.SourceLocation) void {
    if (holds) return;
    var memory: [256]u8 = undefined;
    const line = std.fmt.bufPrint(&memory, "panicked at {s}:{d}", .{ at.file, at.line });
    log(.@"error", line catch "panicked");
    @trap();
}

/// What Zig itself panics with: `pub const panic = tillbell.panic;` in the root file. It says
/// what happened; where, it does not know.
pub const panic = std.debug.FullPanic(panicked);

fn panicked(message: []const u8, _: ?usize) noreturn {
    log(.@"error", message);
    @trap();
}

// --- memory: taken piece by piece and given back all at once, when a call has ended, for an
// instance lives for one transaction ---

const room_bytes = 24 * 1024;
const page_bytes = 64 * 1024;
var room: [room_bytes]u8 align(16) = undefined;
var next: usize = 0;
var end: usize = 0;
var kept: usize = 0;

/// Keeps all memory that was taken: the last step of a configure.
pub fn keep() void {
    kept = next;
}

fn giveBack(_: *anyopaque) callconv(.c) void {
    if (kept >= @intFromPtr(&room) and kept <= @intFromPtr(&room) + room_bytes) {
        end = @intFromPtr(&room) + room_bytes;
    }
    next = kept;
}

/// The host takes memory for what it hands over; it makes nothing larger.
fn reallocate(_: ?*anyopaque, _: usize, alignment: usize, size: usize) callconv(.c) usize {
    if (next == 0) {
        next = @intFromPtr(&room);
        kept = next;
        end = next + room_bytes;
    }
    var start = std.mem.alignForward(usize, next, alignment);
    if (size > end -| start) {
        const pages = (size + page_bytes - 1) / page_bytes;
        const before = @wasmMemoryGrow(0, pages);
        assert(before >= 0, @src());
        start = @as(usize, @intCast(before)) * page_bytes;
        end = start + pages * page_bytes;
    }
    next = start + size;
    return start;
}
