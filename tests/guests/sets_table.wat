;; world: router
;; Keeps something in its table.
(table $table 1 funcref)
(elem declare func $misbehave)
(func $misbehave (param i32) (result i32)
  (table.set $table (i32.const 0) (ref.func $misbehave))
  (global.get $decision))
