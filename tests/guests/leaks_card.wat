;; world: renderer
;; Writes a card number; one that no feed has, because secrets.rs looks for those
;; in what the bake keeps.
(data (i32.const 3072) "【海港银行】您的卡4012888888881881有一笔退款，疑问请电95500。")
(func $misbehave (param i32) (result i32)
  (call $write (i32.const 3072) (i32.const 81))
  (global.get $rendered))
