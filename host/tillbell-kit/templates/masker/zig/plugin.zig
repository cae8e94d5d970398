//! The masker of lantern: what a party may read of a transaction. What is not shown here stays
//! in the host: names, telephones, numbers of accounts and identities.

const std = @import("std");
const tillbell = @import("tillbell.zig");

pub const panic = tillbell.panic;

comptime {
    tillbell.exportConfigure(configure);
    tillbell.exportAs("privacy@0.2.0#mask", &mask);
}

var configured: tillbell.ConfigureResult = undefined;
/// More than a host asks for: it is one view of each role.
const views_max = 8;

var masked: tillbell.MaskResult = undefined;
var views: [views_max]tillbell.ViewResult = undefined;

fn profile(comptime name: []const u8) tillbell.Configured {
    return .{
        .sort = .of("profile"),
        .name = .of(name),
        .file = .of("plugin.zig"),
        .line = 0,
        .samples = .of(&.{}),
    };
}

/// What there is, for `tillbell inspect` and `tillbell test --coverage`.
const profiles = [_]tillbell.Configured{ profile("cardholder"), profile("merchant") };

/// The bundle's files come here, where the manifest names some; see [masker] in tillbell.toml.
fn configure(
    _: []const tillbell.ConfigurationFile,
    _: *const tillbell.Bundle,
) *tillbell.ConfigureResult {
    configured = .{ .is_error = false, .value = .{ .configured = .of(&profiles) } };
    tillbell.keep();
    return &configured;
}

/// An empty text is one that the source did not say.
fn shown(text: tillbell.String) tillbell.Option(tillbell.String) {
    return if (text.length > 0) .some(text) else .none;
}

/// Makes all views of a decision, in the order in which they are asked for.
fn mask(call: *const tillbell.MaskCall) callconv(.c) *tillbell.MaskResult {
    const requests = call.requests.slice();
    tillbell.assert(requests.len <= views_max, @src());
    for (requests, views[0..requests.len]) |request, *result| {
        if (request.role.is("cardholder") or request.role.is("merchant")) {
            result.* = .{
                .is_error = false,
                .value = .{ .view = view(request.role, &call.sensitive) },
            };
        } else {
            result.* = .{
                .is_error = true,
                .value = .{ .failure = .{ .kind = .unknown_role, .value = undefined } },
            };
        }
    }
    if (call.sensitive.merchant.name.length == 0) {
        tillbell.log(.info, "a transaction without a merchant's name");
    }
    masked = .{ .is_error = false, .value = .{ .views = .of(views[0..requests.len]) } };
    return &masked;
}

fn view(role: tillbell.String, sensitive: *const tillbell.Sensitive) tillbell.View {
    var all: tillbell.View = .{
        .role = role,
        .event = sensitive.event,
        .card = .{
            .bin = .none,
            .last4 = sensitive.card.last4,
            .brand = sensitive.card.brand,
            .issuer = sensitive.card.issuer,
        },
        .merchant_name = shown(sensitive.merchant.name),
        .merchant_city = shown(sensitive.merchant.city),
        .merchant_country = shown(sensitive.merchant.country),
        .rrn = shown(sensitive.rrn),
        .stan = shown(sensitive.stan),
    };
    // Who paid is no business of the merchant's, nor what it cost them, nor where they are.
    if (role.is("cardholder")) {
        all.fee = sensitive.fee;
        all.local_time = sensitive.cardholder_time;
    } else {
        all.event.billing = .none;
    }
    return all;
}

// --- native tests: `make test` ---

const asked = [_]tillbell.Request{
    .{ .role = .of("merchant") }, .{ .role = .of("auditor") }, .{ .role = .of("cardholder") },
};

fn viewsOf(shop: []const u8) []const tillbell.ViewResult {
    var call: tillbell.MaskCall = std.mem.zeroes(tillbell.MaskCall);
    call.requests = .of(&asked);
    call.sensitive.event.billing.has = true;
    call.sensitive.cardholder_time = .some(std.mem.zeroes(tillbell.Time));
    call.sensitive.card.last4 = 42;
    call.sensitive.fee = .some(std.mem.zeroes(tillbell.Money));
    call.sensitive.cardholder.name = .some(.of("A. Person"));
    call.sensitive.merchant.name = .of(shop);
    return mask(&call).value.views.slice();
}

test "a merchant sees nothing of who paid" {
    const results = viewsOf("");
    try std.testing.expect(results.len == 3 and !results[0].is_error);
    const own = &results[0].value.view;
    try std.testing.expect(own.role.is("merchant") and own.card.last4 == 42);
    try std.testing.expect(!own.cardholder_name.has and !own.fee.has and !own.merchant_name.has);
    try std.testing.expect(!own.event.billing.has and !own.local_time.has);
    try std.testing.expectEqualStrings(
        "info: a transaction without a merchant's name",
        tillbell.last_line[0..tillbell.last_line_length],
    );
}

test "a cardholder sees the fee, the shop and their own clock" {
    const results = viewsOf("Coffee Lab");
    try std.testing.expect(!results[2].is_error);
    const own = &results[2].value.view;
    try std.testing.expect(own.role.is("cardholder") and own.merchant_name.has);
    try std.testing.expect(own.fee.has and own.event.billing.has and own.local_time.has);
}

test "a role that is not known here has no view" {
    const result = &viewsOf("Coffee Lab")[1];
    try std.testing.expect(result.is_error and result.value.failure.kind == .unknown_role);
}
