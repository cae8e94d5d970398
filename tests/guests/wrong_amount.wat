;; world: renderer
;; Writes an amount that is not the transaction's.
(data (i32.const 3072) "【海港银行】您尾号0018的卡退款CNY 999.99，疑问请电95500。")
(func $misbehave (param i32) (result i32)
  (call $write (i32.const 3072) (i32.const 76))
  (global.get $rendered))
