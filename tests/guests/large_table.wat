;; world: router
;; Has a table that is larger than any plugin needs.
(table 100000 funcref)
