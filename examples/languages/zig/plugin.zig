//! The renderer of lantern: what a cardholder is told of a debit and of one that was taken
//! back, in English and in Chinese.

const std = @import("std");
const tillbell = @import("tillbell.zig");

pub const panic = tillbell.panic;

comptime {
    tillbell.exportConfigure(configure);
    tillbell.exportAs("rendering@0.2.0#render", &render);
}

const months = [_][]const u8{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

// What `configure` left: it is baked, and every message begins with it.
var signature_bytes: [128]u8 = undefined;
var hotline_bytes: [128]u8 = undefined;
var signature: []const u8 = "";
var hotline: []const u8 = "";

var text_bytes: [1024]u8 = undefined;
var configured: tillbell.ConfigureResult = undefined;
var rendered: tillbell.RenderResult = undefined;

fn template(comptime name: []const u8) tillbell.Configured {
    return .{
        .sort = .of("template"),
        .name = .of(name),
        .file = .of("plugin.zig"),
        .line = 0,
        .samples = .of(&.{}),
    };
}

/// What there is, for `tillbell inspect` and `tillbell test --coverage`.
const templates = [_]tillbell.Configured{
    template("debit.cardholder.en"),
    template("debit.cardholder.zh-CN"),
    template("reversal.cardholder.en"),
    template("reversal.cardholder.zh-CN"),
};

/// Of those who send, the first signs what no other does: a bank of one signature has it alone.
fn configure(
    _: []const tillbell.ConfigurationFile,
    about: *const tillbell.Bundle,
) *tillbell.ConfigureResult {
    const senders = about.senders.slice();
    if (senders.len == 0) {
        configured = .{ .is_error = true, .value = .{ .failure = .{
            .kind = .missing,
            .value = .{ .missing = .of("sender") },
        } } };
        return &configured;
    }
    const given = senders[0].signature.slice();
    const space = if (std.mem.endsWith(u8, given, "】")) "" else " ";
    signature = std.fmt.bufPrint(&signature_bytes, "{s}{s}", .{ given, space }) catch "";
    tillbell.assert(signature.len > 0, @src());
    const number = senders[0].hotline.slice();
    tillbell.assert(number.len <= hotline_bytes.len, @src());
    @memcpy(hotline_bytes[0..number.len], number);
    hotline = hotline_bytes[0..number.len];
    configured = .{ .is_error = false, .value = .{ .configured = .of(&templates) } };
    tillbell.keep();
    return &configured;
}

/// Makes one text. The host's guard reads it too: a number that the view does not account for
/// never leaves.
fn render(call: *const tillbell.RenderCall) callconv(.c) *tillbell.RenderResult {
    const is_reversal = call.template.is("reversal");
    if (!is_reversal and !call.template.is("debit")) {
        rendered = .{ .is_error = true, .value = .{ .failure = .{
            .kind = .unknown_template,
            .value = .{ .unknown_template = call.template },
        } } };
        return &rendered;
    }
    if (call.view.event.amount.exponent > 4) {
        tillbell.log(.warn, "an amount has more decimals than any currency");
    }
    var writer: std.Io.Writer = .fixed(&text_bytes);
    const write = if (std.mem.startsWith(u8, call.locale.slice(), "zh")) &chinese else &english;
    if (write(&writer, &call.view, is_reversal)) {
        rendered = .{ .is_error = false, .value = .{ .text = .of(writer.buffered()) } };
    } else |_| {
        rendered = .{ .is_error = true, .value = .{ .failure = .{
            .kind = .template_failed,
            .value = .{ .template_failed = .{
                .file = .of("plugin.zig"),
                .line = @src().line,
                .detail = .of("the text is too long"),
            } },
        } } };
    }
    return &rendered;
}

const Error = std.Io.Writer.Error;

fn chinese(writer: *std.Io.Writer, view: *const tillbell.View, is_reversal: bool) Error!void {
    const event = &view.event;
    const local = moment(event.time);
    try writer.print("{s}您尾号{d:0>4}的卡{d}月{d}日{d:0>2}:{d:0>2}:{d:0>2}", .{
        signature, view.card.last4, local.month, local.day, local.hour, local.minute, local.second,
    });
    if (view.merchant_name.get()) |name| try writer.print("在{s}", .{name.slice()});
    try writer.writeAll(if (is_reversal)
        "的交易撤销，退回"
    else if (event.kind.is("cash-withdrawal"))
        "取现"
    else if (event.kind.is("transfer"))
        "转账"
    else
        "消费");
    try money(writer, event.amount, true);
    if (whole(event, is_reversal)) |before| {
        try writer.writeAll("（原");
        try money(writer, before, true);
        try writer.writeAll("）");
    }
    try writer.print("。如有疑问请致电{s}。", .{hotline});
}

fn english(writer: *std.Io.Writer, view: *const tillbell.View, is_reversal: bool) Error!void {
    const event = &view.event;
    const local = moment(event.time);
    try writer.writeAll(signature);
    if (!is_reversal) {
        try writer.writeAll(if (event.kind.is("cash-withdrawal"))
            "Cash withdrawal "
        else if (event.kind.is("payment"))
            "Payment "
        else if (event.kind.is("transfer"))
            "Transfer "
        else
            "Purchase ");
    }
    try money(writer, event.amount, false);
    if (whole(event, is_reversal)) |before| {
        try writer.writeAll(" of ");
        try money(writer, before, false);
    }
    if (view.merchant_name.get()) |name| try writer.print(" at {s}", .{name.slice()});
    try writer.print(" on {d} {s} {d:0>2}:{d:0>2}:{d:0>2}", .{
        local.day, months[local.month - 1], local.hour, local.minute, local.second,
    });
    try writer.writeAll(if (is_reversal) " was returned to card " else ", card ");
    try writer.print("{d:0>4}", .{view.card.last4});
    try writer.writeAll(if (is_reversal) ". Questions? Call " else ". Not you? Call ");
    try writer.print("{s}.", .{hotline});
}

/// Of what a part is returned: it is told as one.
fn whole(event: *const tillbell.Event, is_reversal: bool) ?tillbell.Money {
    const before = event.original_amount.get() orelse return null;
    const is_same = before.minor_units == event.amount.minor_units and
        before.exponent == event.amount.exponent and
        before.currency.is(event.amount.currency.slice());
    return if (is_reversal and !is_same) before else null;
}

/// `KWD 12.500`; in Chinese `128.50元` for yuan.
fn money(writer: *std.Io.Writer, amount: tillbell.Money, is_chinese: bool) Error!void {
    const is_yuan = is_chinese and amount.currency.is("CNY");
    if (!is_yuan) try writer.print("{s} ", .{amount.currency.slice()});
    if (amount.minor_units < 0) try writer.writeAll("-");
    const units = @abs(amount.minor_units);
    switch (amount.exponent) {
        0 => try writer.print("{d}", .{units}),
        1 => try writer.print("{d}.{d}", .{ units / 10, units % 10 }),
        2 => try writer.print("{d}.{d:0>2}", .{ units / 100, units % 100 }),
        3 => try writer.print("{d}.{d:0>3}", .{ units / 1000, units % 1000 }),
        else => try writer.print("{d}.{d:0>4}", .{ units / 10000, units % 10000 }),
    }
    if (is_yuan) try writer.writeAll("元");
}

const Moment = struct { month: u8, day: u8, hour: u8, minute: u8, second: u8 };

/// The merchant's wall clock, with seconds: gateways drop a text that is the same as the last
/// one. Years are counted from a first of March.
fn moment(time: tillbell.Time) Moment {
    const local = time.unix_seconds + @as(i64, time.utc_offset_minutes) * 60;
    const seconds: u32 = @intCast(@mod(local, 86_400));
    const of_era: u32 = @intCast(@mod(@divFloor(local, 86_400) + 719_468, 146_097));
    const year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    const of_year = of_era - (365 * year + year / 4 - year / 100);
    const march = (5 * of_year + 2) / 153;
    return .{
        .month = @intCast((march + 2) % 12 + 1),
        .day = @intCast(of_year - (153 * march + 2) / 5 + 1),
        .hour = @intCast(seconds / 3_600),
        .minute = @intCast(seconds / 60 % 60),
        .second = @intCast(seconds % 60),
    };
}

// --- native tests: `make test` ---

const bank: tillbell.Sender = .{
    .locale = .of("en"),
    .signature = .of("Bank:"),
    .hotline = .of("95500"),
};

fn configureWith(senders: []const tillbell.Sender) *tillbell.ConfigureResult {
    return configure(&.{}, &.{
        .roles = .of(&.{ .of("cardholder"), .of("merchant") }),
        .channels = .of(&.{.of("sms")}),
        .counters = .of(&.{}),
        .senders = .of(senders),
    });
}

fn told(name: []const u8, locale: []const u8, amount: tillbell.Money) []const u8 {
    _ = configureWith(&.{bank});
    var before = amount;
    before.minor_units *= 2;
    const call: tillbell.RenderCall = .{
        .template = .of(name),
        .locale = .of(locale),
        .view = .{
            .role = .of("cardholder"),
            .event = .{
                .kind = .of("purchase"),
                .original_kind = .none,
                .approval = .approved,
                .direction = .debit,
                .amount = amount,
                .original_amount = .some(before),
                .billing = .none,
                .cashback = .none,
                .category = .of("5814"),
                .entry_mode = .of("chip"),
                .time = .{ .unix_seconds = 1_795_163_400, .utc_offset_minutes = 180 },
                .age_seconds = 0,
            },
            .card = .{ .bin = .none, .last4 = 42, .brand = .of("visa"), .issuer = .of("") },
            .merchant_name = .some(.of("Coffee Lab")),
        },
    };
    const result = render(&call);
    return if (result.is_error) "an error" else result.value.text.slice();
}

const dinar: tillbell.Money = .{ .minor_units = 12_500, .currency = .of("KWD"), .exponent = 3 };

test "a debit is told in both languages" {
    try std.testing.expectEqualStrings(
        "Bank: Purchase KWD 12.500 at Coffee Lab on 20 Nov 11:30:00, card 0042. " ++
            "Not you? Call 95500.",
        told("debit", "en", dinar),
    );
    try std.testing.expectEqualStrings(
        "Bank: 您尾号0042的卡11月20日11:30:00在Coffee Lab消费128.50元。如有疑问请致电95500。",
        told("debit", "zh-CN", .{ .minor_units = 12_850, .currency = .of("CNY"), .exponent = 2 }),
    );
}

test "a part that is returned is told as one" {
    try std.testing.expectEqualStrings(
        "Bank: KWD 12.500 of KWD 25.000 at Coffee Lab on 20 Nov 11:30:00 was returned to card " ++
            "0042. Questions? Call 95500.",
        told("reversal", "en", dinar),
    );
    try std.testing.expectEqualStrings("an error", told("rebate", "en", dinar));
}

test "somebody must send" {
    const refused = configureWith(&.{});
    try std.testing.expect(refused.is_error and refused.value.failure.kind == .missing);
}

test "what is odd is logged" {
    _ = told("debit", "en", .{ .minor_units = 1, .currency = .of("CNY"), .exponent = 9 });
    try std.testing.expectEqualStrings(
        "warn: an amount has more decimals than any currency",
        tillbell.last_line[0..tillbell.last_line_length],
    );
}
