//! The router of lantern: who is told of a transaction, on what channel, in which words, or why
//! nobody is.

const std = @import("std");
const tillbell = @import("tillbell.zig");

pub const panic = tillbell.panic;

comptime {
    tillbell.exportConfigure(configure);
    tillbell.exportAs("routing@0.2.0#route", &route);
}

const debits = [_][]const u8{
    "purchase", "purchase-with-cashback", "cash-withdrawal", "payment", "transfer", "completion",
};
const others = [_][]const u8{
    "refund",   "void",    "pre-authorisation", "deposit",
    "reversal", "inquiry", "adjustment",        "verification",
};

var configured: tillbell.ConfigureResult = undefined;
var delivery: tillbell.Delivery = undefined;
var decided: tillbell.RouteResult = undefined;

fn rule(comptime name: []const u8) tillbell.Configured {
    return .{
        .sort = .of("rule"),
        .name = .of(name),
        .file = .of("plugin.zig"),
        .line = 0,
        .samples = .of(&.{}),
    };
}

/// What there is, for `tillbell inspect` and `tillbell test --coverage`.
const rules = [_]tillbell.Configured{
    rule("declined"), rule("debit"), rule("reversal"), rule("untold"), rule("default"),
};

/// The bundle's files come here, where the manifest names some; see [router] in tillbell.toml.
fn configure(
    _: []const tillbell.ConfigurationFile,
    _: *const tillbell.Bundle,
) *tillbell.ConfigureResult {
    configured = .{ .is_error = false, .value = .{ .configured = .of(&rules) } };
    tillbell.keep();
    return &configured;
}

fn isOneOf(text: tillbell.String, all: []const []const u8) bool {
    for (all) |one| if (text.is(one)) return true;
    return false;
}

/// Decides. A later host may have kinds that are not known here.
fn route(call: *const tillbell.RouteCall) callconv(.c) *tillbell.RouteResult {
    const event = &call.facts.event;
    decided = .{ .is_error = false, .value = .{ .decision = decide(call, event) } };
    return &decided;
}

fn decide(call: *const tillbell.RouteCall, event: *const tillbell.Event) tillbell.Decision {
    if (event.approval == .declined) return nobody("declined", "declined");
    if (isOneOf(event.kind, &debits)) return tell(&call.facts, "debit");
    if (event.kind.is("reversal") or event.kind.is("void")) {
        if (event.original_kind.get()) |original| {
            if (isOneOf(original, &debits)) return tell(&call.facts, "reversal");
        }
    }
    if (isOneOf(event.kind, &others)) return nobody("untold", "untold");
    tillbell.log(.warn, "a kind of transaction that is not known here");
    return nobody("default", "no-rule");
}

fn nobody(name: []const u8, reason: []const u8) tillbell.Decision {
    return .{
        .outcome = .{ .kind = .suppress, .value = undefined },
        .rule = .of(name),
        .reason = .of(reason),
    };
}

/// The cardholder by SMS, with the template of the rule's name.
fn tell(facts: *const tillbell.Facts, name: []const u8) tillbell.Decision {
    const locale = if (facts.cardholder.locale.get()) |own| own.slice() else "";
    delivery = .{
        .role = .of("cardholder"),
        .channel = .of("sms"),
        .template = .of(name),
        .locale = .of(if (std.mem.startsWith(u8, locale, "zh")) "zh-CN" else "en"),
        .priority = 80,
        .not_before = .none,
        .expires_at = .none,
    };
    return .{
        .outcome = .{ .kind = .notify, .value = .{ .notify = .{ .items = @ptrCast(&delivery), .length = 1 } } },
        .rule = .of(name),
        .reason = .of(name),
    };
}

// --- native tests: `make test` ---

fn of(kind: []const u8, locale: []const u8) tillbell.Decision {
    var call: tillbell.RouteCall = std.mem.zeroes(tillbell.RouteCall);
    call.facts.event.kind = .of(kind);
    call.facts.cardholder.locale = .some(.of(locale));
    return route(&call).value.decision;
}

test "who is told, and in which language" {
    try std.testing.expectEqualStrings("debit", of("purchase", "zh-TW").rule.slice());
    try std.testing.expectEqualStrings("cardholder", delivery.role.slice());
    try std.testing.expectEqualStrings("zh-CN", delivery.locale.slice());
    _ = of("purchase", "fr");
    try std.testing.expectEqualStrings("en", delivery.locale.slice());
    try std.testing.expectEqualStrings("untold", of("refund", "en").rule.slice());
}

test "what is not known is logged" {
    try std.testing.expectEqualStrings("no-rule", of("rebate", "en").reason.slice());
    try std.testing.expectEqualStrings(
        "warn: a kind of transaction that is not known here",
        tillbell.last_line[0..tillbell.last_line_length],
    );
}
