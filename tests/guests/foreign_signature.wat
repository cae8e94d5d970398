;; world: renderer
;; Signs for another bank.
(data (i32.const 3072) "【远山银行】您尾号0018的卡退款CNY 128.50，疑问请电95500。")
(func $misbehave (param i32) (result i32)
  (call $write (i32.const 3072) (i32.const 76))
  (global.get $rendered))
