-- The wording, and the road of a transaction.

local TYPES = {
  cardholder = {
    ["zh-CN"] = {
      purchase = "消费", ["purchase-with-cashback"] = "消费并取现", ["cash-withdrawal"] = "取现",
      refund = "退款入账", void = "撤销", ["pre-authorisation"] = "预授权", completion = "预授权完成",
      deposit = "存款入账", payment = "缴费", transfer = "转账", reversal = "冲正",
      ["partial-approval"] = "部分消费",
    },
    en = {
      purchase = "Purchase", ["purchase-with-cashback"] = "Purchase+cash",
      ["cash-withdrawal"] = "Cash out", refund = "Refund", void = "Voided",
      ["pre-authorisation"] = "Amount held", completion = "Hold taken", deposit = "Deposit",
      payment = "Payment", transfer = "Transfer", reversal = "Reversed",
      ["partial-approval"] = "Part-agreed",
    },
  },
  merchant = {
    ["zh-CN"] = {
      purchase = "收款", ["purchase-with-cashback"] = "收款并付现", ["cash-withdrawal"] = "付现",
      refund = "退款", void = "撤销", ["pre-authorisation"] = "预授权",
      completion = "预授权完成收款", deposit = "代收存款", payment = "缴费收款", transfer = "转账",
      reversal = "冲正", ["partial-approval"] = "部分收款",
    },
    en = {
      purchase = "Sale", ["purchase-with-cashback"] = "Sale+cash", ["cash-withdrawal"] = "Cash paid",
      refund = "Refund", void = "Voided", ["pre-authorisation"] = "Amount held",
      completion = "Hold taken", deposit = "Deposit", payment = "Payment", transfer = "Transfer",
      reversal = "Reversed", ["partial-approval"] = "Part sale",
    },
  },
}
local BRANDS = {
  amex = "Amex", diners = "Diners Club", discover = "Discover", jcb = "JCB", maestro = "Maestro",
  mastercard = "Mastercard", mir = "Mir", rupay = "RuPay", unionpay = "UnionPay", visa = "Visa",
}

-- Minor units with decimals and groups of three.
local function plain(money)
  local units, exponent = money.minor_units, money.exponent
  local sign = ""
  if units < 0 then sign, units = "-", -units end
  local digits = tostring(units)
  if #digits <= exponent then digits = rep("0", exponent + 1 - #digits) .. digits end
  local whole = sub(digits, 1, #digits - exponent)
  for at = #whole - 3, 1, -3 do whole = sub(whole, 1, at) .. "," .. sub(whole, at + 1) end
  if exponent == 0 then return sign .. whole end
  return sign .. whole .. "." .. sub(digits, -exponent)
end

local function chinese(money)
  if money.currency == "CNY" then return plain(money) .. "元" end
  return money.currency .. " " .. plain(money)
end

local function render(template, locale, view)
  local party, last4 = view.party, format("%04d", view.last4)
  local word, name, city = TYPES[party][locale][template], view.merchant_name, view.merchant_city
  local other = view.counterparty
  local part = view.approval == "partially-approved" and view.original_amount
  local moment = view.time + view.utc_offset_minutes * 60
  if locale == "en" then
    local at = gsub(date("!%d %b %H:%M:%S", moment), "^0", "")
    local text = SIGNATURE .. word .. " " .. view.amount.currency .. " " .. plain(view.amount)
      .. (part and " of " .. plain(part) or "")
    if party == "merchant" then
      local brand = BRANDS[view.brand] or view.brand
      return text .. (name and " at " .. name or "") .. ", " .. at .. ", "
        .. (brand ~= "" and brand or "card") .. " " .. last4 .. ". Tel " .. HOTLINE .. ". Thank you."
    end
    return text .. (other and " to " .. other or "") .. (name and " at " .. name or "")
      .. (city and not other and not part and ", " .. city or "")
      .. " on " .. at .. ", card " .. last4 .. ". Tel " .. HOTLINE .. ". Thank you."
  end
  local month, rest = date("!%m", moment), date("!%d日%H:%M:%S", moment)
  local at = gsub(month, "^0", "") .. "月" .. gsub(rest, "^0", "")
  local amount = word .. chinese(view.amount) .. (part and "（应" .. plain(part) .. "）" or "")
  if party == "merchant" then
    local brand = view.brand == "unionpay" and "银联" or BRANDS[view.brand] or view.brand
    return SIGNATURE .. (name or "贵店") .. "于" .. at .. amount .. "，" .. brand
      .. "尾号" .. last4 .. "卡，查询" .. HOTLINE .. "，谢谢。"
  end
  return SIGNATURE .. "您尾号" .. last4 .. "卡" .. at
    .. (name and "在" .. (city and not part and city or "") .. name or "")
    .. (other and "向" .. other or "") .. amount .. "，疑问请电" .. HOTLINE .. "，谢谢。"
end

---------------------------------------------------------------- the road

local function has_sms(wishes)
  for _, channel in ipairs(wishes.channels) do
    if channel == "sms" then return true end
  end
  return false
end

function answer(t)
  local rule, now = rule_of(t), t.now
  local verdict = { decision = "suppressed", reason = rule.reason, rule = rule.name }
  if not rule.to then return verdict end
  local urgent = t.approval == "declined" or t.kind == "reversal" or t.kind == "void"
  local messages, small = {}, false
  for _, planned in ipairs(rule.to) do
    local party = planned.party
    local wishes = t[party]
    if planned.above_threshold and is_below_threshold(t, party) then
      small = true
    elseif not planned.requires_contact or has_sms(wishes) then
      local template, locale = planned.template or t.kind, locale_for(wishes.locale)
      local not_before = planned.optional and not urgent and quiet_end(t, party, now) or nil
      local expires = planned.expires_after
      messages[#messages + 1] = {
        party = party, channel = "sms", template = template, locale = locale,
        priority = planned.priority, not_before = not_before,
        expires_at = expires and (not_before or now) + expires or nil,
        text = render(template, locale, view_of(t, party)),
      }
    end
  end
  if #messages > 0 then
    verdict.decision, verdict.messages = "notified", messages
  else
    verdict.reason = small and "below-threshold" or "no-contact"
  end
  return verdict
end

-- The view, for the bench to compare: it writes less than it masks.
function shown(t, party) return view_of(t, party) end
