;; world: renderer
;; Keeps that it was called, and says so in the next text: whoever that is for, it
;; could say what it was shown before.
(data (i32.const 3072) "【海港银行】您尾号0018的卡有两笔交易，疑问请电95500。")
(func $misbehave (param i32) (result i32)
  (if (i32.load8_u (i32.const 4096))
    (then (call $write (i32.const 3072) (i32.const 75))))
  (i32.store8 (i32.const 4096) (i32.const 1))
  (global.get $rendered))
