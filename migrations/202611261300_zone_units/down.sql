DROP TABLE unit_zones;
