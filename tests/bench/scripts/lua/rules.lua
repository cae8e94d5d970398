-- Harbour Bank in Lua: the rules, the masking and the wording of
-- examples/banks/harbour, with what the reference plugins do for it. `answer`
-- takes a transaction as a table and returns its verdict.
--
-- Where the plugins ask Unicode, this asks bytes: every character beyond ASCII
-- counts as a letter, but for those that `hidden` and `spaced` name.

local find, sub, byte, gsub, format = string.find, string.sub, string.byte, string.gsub, string.format
local rep, lower, date, concat = string.rep, string.lower, os.date, table.concat
local codes, char, offset, length = utf8.codes, utf8.char, utf8.offset, utf8.len

local SIGNATURE <const> = "【海港银行】"
local HOTLINE <const> = "95500"
local DAY <const> = 86400

-- What a rule tells whom. A template of false is the transaction's kind.
local function cardholder(template, priority, expires_after, above_threshold)
  return {
    party = "cardholder", template = template, priority = priority,
    expires_after = expires_after, above_threshold = above_threshold,
  }
end

local function merchant(template, priority, expires_after, optional)
  return {
    party = "merchant", template = template, priority = priority,
    expires_after = expires_after, optional = optional, requires_contact = true,
  }
end

local function suppress(name, reason) return { name = name, reason = reason } end
local function notify(name, reason, ...) return { name = name, reason = reason, to = { ... } } end

local INQUIRY = suppress("inquiry", "inquiry")
local DECLINED_BY_HAND = suppress("declined-by-hand", "declined-card-not-present")
local DECLINED_ABROAD = suppress("declined-abroad", "declined-abroad")
local DECLINED = suppress("declined", "declined")
local REVERSAL = notify("reversal", "reversal",
  cardholder("reversal", 90), merchant("reversal", 90))
local MONEY_BACK = notify("money-back", "money-back", cardholder(false, 70), merchant(false, 60))
local PARTIAL_APPROVAL = notify("partial-approval", "partial-approval",
  cardholder("partial-approval", 80), merchant("partial-approval", 90))
local CASH_AT_NIGHT = notify("cash-at-night", "cash-at-night",
  cardholder("cash-withdrawal", 100, DAY))
local CASH_WITHDRAWAL = notify("cash-withdrawal", "cash-withdrawal",
  cardholder("cash-withdrawal", 80, DAY))
local ABROAD_AT_NIGHT = notify("abroad-at-night", "abroad-at-night",
  cardholder(false, 100, DAY), merchant(false, 50, 2 * DAY, true))
local ABROAD = notify("abroad", "abroad",
  cardholder(false, 80, DAY), merchant(false, 50, 2 * DAY, true))
local WATCHED_CATEGORY = notify("watched-category", "watched-category",
  cardholder("purchase", 90, DAY), merchant("purchase", 50, 2 * DAY, true))
local LARGE_DEBIT = notify("large-debit", "large-debit",
  cardholder(false, 90, DAY), merchant(false, 50, 2 * DAY, true))
local HOLD = notify("hold-of-a-hotel-or-car", "pre-authorisation",
  cardholder("pre-authorisation", 60, DAY))
local PRE_AUTHORISATION = notify("pre-authorisation", "pre-authorisation",
  cardholder("pre-authorisation", 60, DAY), merchant("pre-authorisation", 50, DAY, true))
local COMPLETION = notify("completion", "completion",
  cardholder("completion", 60, DAY), merchant("completion", 50, 2 * DAY, true))
local TRANSFER = notify("transfer", "transfer", cardholder("transfer", 70, DAY))
local DEPOSIT = notify("deposit", "deposit",
  { party = "cardholder", template = "deposit", priority = 50, expires_after = DAY, optional = true })
local CARD_NOT_PRESENT = notify("card-not-present", "card-not-present",
  cardholder(false, 70, DAY), merchant(false, 50, 2 * DAY, true))
local EVERYDAY = notify("everyday", "everyday",
  cardholder(false, 50, DAY, true), merchant(false, 50, 2 * DAY, true))
local DEFAULT = suppress("default", "no-rule")

local BY_HAND = { manual = true, ecommerce = true }
local WATCHED = { ["4829"] = true, ["5944"] = true, ["6051"] = true, ["7995"] = true }
local PAID = { purchase = true, ["purchase-with-cashback"] = true, payment = true }
local DEBITS = {
  purchase = true, ["purchase-with-cashback"] = true, ["cash-withdrawal"] = true,
  ["pre-authorisation"] = true, completion = true, payment = true, transfer = true,
}

-- The first rule that holds.
local function rule_of(t)
  local kind, approval, country = t.kind, t.approval, t.country
  local abroad = country ~= "CN" and country ~= ""
  if kind == "inquiry" then return INQUIRY end
  if approval == "declined" then
    if BY_HAND[t.entry_mode] then return DECLINED_BY_HAND end
    return abroad and DECLINED_ABROAD or DECLINED
  end
  if kind == "reversal" then return REVERSAL end
  if kind == "refund" or kind == "void" then return MONEY_BACK end
  if approval == "partially-approved" then return PARTIAL_APPROVAL end
  local hour = (t.time + t.utc_offset_minutes * 60) // 3600 % 24
  if kind == "cash-withdrawal" then
    return (hour >= 23 or hour < 5) and CASH_AT_NIGHT or CASH_WITHDRAWAL
  end
  local paid, currency = PAID[kind], t.amount.currency
  if abroad and (hour >= 22 or hour < 6)
    and (paid or kind == "pre-authorisation" or kind == "completion") then
    return ABROAD_AT_NIGHT
  end
  if paid and (abroad or currency ~= "CNY") then return ABROAD end
  if kind == "purchase" and WATCHED[t.category] then return WATCHED_CATEGORY end
  if (paid or kind == "transfer") and currency == "CNY" and t.amount.minor_units >= 500000 then
    return LARGE_DEBIT
  end
  if kind == "pre-authorisation" then
    local category = t.category
    return (category == "7011" or category == "7512") and HOLD or PRE_AUTHORISATION
  end
  if kind == "completion" then return COMPLETION end
  if kind == "transfer" then return TRANSFER end
  if kind == "deposit" then return DEPOSIT end
  if kind ~= "purchase-with-cashback" and paid and BY_HAND[t.entry_mode] then
    return CARD_NOT_PRESENT
  end
  return paid and EVERYDAY or DEFAULT
end

local function is_below_threshold(t, party)
  if not DEBITS[t.kind] or t.approval == "declined" then return false end
  local amount, own = t.amount, t[party].threshold
  local limit
  if own and own.currency == amount.currency and own.exponent == amount.exponent then
    limit = own.minor_units
  elseif party == "cardholder" and amount.currency == "CNY" then
    limit = 10000
  end
  return limit ~= nil and amount.minor_units < limit
end

-- When the party's quiet hours end, if it is in any: its own or 22:00 to 07:00.
local function quiet_end(t, party, now)
  local wishes = t[party]
  local start, stop = wishes.quiet_start or 1320, wishes.quiet_end or 420
  local seconds = (now + (wishes.utc_offset_minutes or t.utc_offset_minutes) * 60) % DAY
  local span = (stop - start) % 1440
  if (seconds // 60 - start) % 1440 >= span then return nil end
  return now + (span - (seconds // 60 - start) % 1440) * 60 - seconds % 60
end

local function locale_for(wish)
  if not wish then return "zh-CN" end
  wish = lower(wish)
  return (wish == "en" or sub(wish, 1, 3) == "en-") and "en" or "zh-CN"
end
