//! The masker of lantern: what a party may read of a transaction. What is not shown here stays
//! in the host: names, telephones, numbers of accounts and identities.

const std = @import("std");
const tillbell = @import("tillbell.zig");

pub const panic = tillbell.panic;

comptime {
    tillbell.exportConfigure(&configure);
    tillbell.exportAs("privacy@0.1.0#mask", &mask);
}

var configured: tillbell.ConfigureResult = undefined;
var masked: tillbell.MaskResult = undefined;

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
    _: [*]const tillbell.ConfigurationFile,
    _: usize,
) callconv(.c) *tillbell.ConfigureResult {
    configured = .{ .is_error = false, .value = .{ .configured = .of(&profiles) } };
    tillbell.keep();
    return &configured;
}

/// An empty text is one that the source did not say.
fn shown(text: tillbell.String) tillbell.Option(tillbell.String) {
    return if (text.length > 0) .some(text) else .none;
}

fn mask(call: *const tillbell.MaskCall) callconv(.c) *tillbell.MaskResult {
    const sensitive = &call.sensitive;
    masked = .{
        .is_error = false,
        .value = .{
            .view = .{
                .party = call.party,
                .event = sensitive.event,
                // Who paid is no business of the merchant's, nor what it cost.
                .fee = if (call.party == .cardholder) sensitive.fee else .none,
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
            },
        },
    };
    if (sensitive.merchant.name.length == 0) {
        tillbell.log(.info, "a transaction without a merchant's name");
    }
    return &masked;
}

// --- native tests: `make test` ---

test "a merchant sees nothing of who paid" {
    var call: tillbell.MaskCall = std.mem.zeroes(tillbell.MaskCall);
    call.party = .merchant;
    call.sensitive.card.last4 = 42;
    call.sensitive.fee = .some(std.mem.zeroes(tillbell.Money));
    call.sensitive.cardholder.name = .some(.of("A. Person"));
    const view = mask(&call).value.view;
    try std.testing.expect(view.party == .merchant and view.card.last4 == 42);
    try std.testing.expect(!view.cardholder_name.has and !view.fee.has and !view.merchant_name.has);
    try std.testing.expectEqualStrings(
        "info: a transaction without a merchant's name",
        tillbell.last_line[0..tillbell.last_line_length],
    );
}

test "a cardholder sees the fee and the shop" {
    var call: tillbell.MaskCall = std.mem.zeroes(tillbell.MaskCall);
    call.sensitive.fee = .some(std.mem.zeroes(tillbell.Money));
    call.sensitive.merchant.name = .of("Coffee Lab");
    const view = mask(&call).value.view;
    try std.testing.expect(view.fee.has and view.merchant_name.has);
}
